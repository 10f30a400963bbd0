import { render, type VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiPlan } from '../contracts/api/plan.ts';
import { askOnce, send } from './api.ts';
import { FieldView, Refused, valuesOf } from './form-dialog.tsx';
import { quoted } from './forms.ts';
import { SameCommand } from './parts.tsx';
import { PlanView } from './view-plan.tsx';

/** Opens the start of a deployment: first its plan, and only then the button that starts it. */
export function openDeploy(dialog: HTMLDialogElement, service: string, done: () => void): void {
  const close = () => dialog.close();
  const started = () => {
    close();
    done();
  };
  render(<DeployView key={crypto.randomUUID()} service={service} started={started} close={close} />, dialog);
  dialog.showModal();
}

/** What was asked about, and what it would be. */
interface Planned {
  readonly values: Readonly<Record<string, string>>;
  readonly plan: ApiPlan;
  /** Makes starting it twice harmless. */
  readonly key: string;
}

function DeployView({ service, started, close }: { service: string; started: () => void; close: () => void }): VNode {
  const [refused, setRefused] = useState('');
  const [planned, setPlanned] = useState<Planned | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = useRef<HTMLButtonElement>(null);
  const shown = useRef<HTMLElement>(null);
  // Read next, and out of the fields: another Enter there would start it unread.
  useEffect(() => shown.current?.focus(), [planned]);
  const path = `/api/services/${encodeURIComponent(service)}/plan`;

  /** The plan, or once it is shown the deployment that it is of. */
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    const values = valuesOf(event);
    // At once and not with the next rendering: a second press sends nothing.
    submit.current?.setAttribute('disabled', '');
    setBusy(true);
    setRefused('');
    const { version = '', type = 'standard', justification = '' } = values;
    if (planned === null) {
      const answer = await askOnce<ApiPlan>(`${path}?${new URLSearchParams({ version, type })}`);
      if (answer.kind === 'found') setPlanned({ values, plan: answer.value, key: crypto.randomUUID() });
      else setRefused(answer.message);
    } else {
      const body = { service, version, type, ...(justification === '' ? {} : { justification }) };
      const answer = await send({ method: 'POST', path: '/api/deployments', body, key: planned.key });
      if (answer.kind === 'done') return started();
      setRefused(answer.message);
    }
    setBusy(false);
    submit.current?.removeAttribute('disabled');
  };
  // What is shown is the plan of what was typed, or none.
  const onInput = ({ target }: Event) => {
    // Why it is a hotfix changes nothing of it.
    if (target instanceof HTMLElement && target.id !== 'field-justification') setPlanned(null);
  };
  const deploy = `sluice deploy --service ${service} --version ${planned?.values.version ?? 'VERSION'}`;
  return (
    <form method="dialog" onSubmit={onSubmit} onInput={onInput}>
      <h2 id="dialog-title">{`Deploy ${service}`}</h2>
      <p>
        First look at the plan: what changes, who approves, the steps and how to roll back. Showing it starts nothing.
      </p>
      <FieldView field={{ name: 'version', label: 'Version', hint: 'One that CI has built, such as v2.1.0.' }} />
      <FieldView
        field={{
          ...{ name: 'type', label: 'Type', value: 'standard' },
          options: [
            ['standard', 'Standard'],
            ['hotfix', 'Hotfix: it passes the deployment windows'],
          ],
        }}
      />
      <FieldView
        field={{ name: 'justification', label: 'Why it is a hotfix', hint: 'Required for a hotfix.', optional: true }}
      />
      {planned === null ? null : (
        <section class="output plain" ref={shown} tabIndex={-1} aria-label={`Plan of ${planned.plan.version}`}>
          <PlanView plan={planned.plan} />
        </section>
      )}
      <Refused>{refused}</Refused>
      <p class="soft" aria-live="polite">
        {busy ? (planned === null ? 'Looking at GitHub, the registry and the cluster…' : 'Starting…') : null}
      </p>
      <p class="soft">
        <SameCommand
          command={
            planned?.values.type === 'hotfix'
              ? `${deploy} --type hotfix --justification ${quoted(planned.values.justification)}`
              : deploy
          }
        />
      </p>
      <div class="actions">
        <button type="submit" class="button" data-tone="work" ref={submit}>
          {planned === null ? 'Show the plan' : `Start the deployment of ${planned.plan.version}`}
        </button>
        <button type="button" class="button" onClick={close}>
          Cancel
        </button>
      </div>
    </form>
  );
}
