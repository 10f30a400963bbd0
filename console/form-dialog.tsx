import { render, type VNode } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { send } from './api.ts';
import type { Field, Form } from './forms.ts';
import { SameCommand } from './parts.tsx';

/** Opens a form in the dialog; `done` is called after the API took it. */
export function openForm(dialog: HTMLDialogElement, form: Form, done: () => void): void {
  const key = crypto.randomUUID();
  const close = () => dialog.close();
  const sent = () => {
    close();
    done();
  };
  render(<FormView key={key} form={form} attempt={key} sent={sent} close={close} />, dialog);
  dialog.showModal();
}

/** What was refused is said in the form, and nothing typed is lost. */
function FormView({
  form,
  attempt,
  sent,
  close,
}: {
  form: Form;
  /** Makes sending it twice harmless. */
  attempt: string;
  sent: () => void;
  close: () => void;
}): VNode {
  const [refused, setRefused] = useState('');
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(
      form.fields.map(({ name, value, options, choose }) => [name, value ?? (choose ? '' : (options?.[0]?.[0] ?? ''))]),
    ),
  );
  const submit = useRef<HTMLButtonElement>(null);
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    const typed = valuesOf(event);
    // At once and not with the next rendering: a second press sends nothing.
    submit.current?.setAttribute('disabled', '');
    // The same refusal is read out again, and an old one is not taken for the answer.
    setRefused('');
    const answer = await send({ method: 'POST', path: form.path, body: form.body(typed), key: attempt });
    submit.current?.removeAttribute('disabled');
    if (answer.kind === 'refused') return setRefused(answer.message);
    sent();
  };
  return (
    <form method="dialog" onSubmit={onSubmit} onInput={(event) => setValues(valuesOf(event))}>
      <h2 id="dialog-title">{form.title}</h2>
      <p>{form.says}</p>
      {form.notes === undefined || form.notes.length === 0 ? null : (
        <ul class="notes">
          {form.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {form.fields.map((field) => (
        <FieldView key={field.name} field={field} />
      ))}
      <Refused>{refused}</Refused>
      <p class="soft">
        <SameCommand command={form.command(values)} />
      </p>
      <div class="actions">
        <button type="submit" class="button" data-tone={form.tone} ref={submit}>
          {form.action}
        </button>
        <button type="button" class="button" onClick={close}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** Why something was refused; read out when it changes. */
export const Refused = ({ children }: { children: string }): VNode => (
  <p class="refused" role="alert">
    {children}
  </p>
);

/** What was typed into the form of this event. */
export function valuesOf(event: Event): Record<string, string> {
  // It is listened to on forms alone, and every field of these forms is text.
  return Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
}

/** A field with its label and hint. It keeps what is typed: nobody but the browser knows its value. */
export function FieldView({ field: { name, label, hint, value, options, choose, optional } }: { field: Field }): VNode {
  const hintId = useId();
  const id = `field-${name}`;
  const common = { id, name, required: !optional, 'aria-describedby': hint === undefined ? undefined : hintId };
  return (
    <p class="field">
      <label for={id}>{label}</label>
      {options === undefined && name === 'token' ? (
        <input {...common} type="password" autocomplete="off" />
      ) : options === undefined ? (
        <input {...common} type="text" defaultValue={value} autocomplete="off" />
      ) : (
        <select {...common} defaultValue={choose ? '' : value}>
          {choose ? <option value="">Choose…</option> : null}
          {options.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      )}
      {hint === undefined ? null : (
        <span id={hintId} class="soft">
          {hint}
        </span>
      )}
    </p>
  );
}
