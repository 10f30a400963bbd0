/** Small pieces that several sections are made of. */
import type { ComponentChildren, VNode } from 'preact';
import { exact, relative } from './time.ts';
import type { Tone } from './words.ts';

/** How long ago, with the exact time on hover. */
export const Ago = ({ at, now }: { at: string; now: number }): VNode => (
  <time dateTime={at} title={exact(Date.parse(at))}>
    {relative(Date.parse(at), now)}
  </time>
);

/** Each tone has a shape of its own: colour is never the only sign. */
const marks: Readonly<Record<Tone, string>> = { calm: '✓', work: '↻', wait: '◷', bad: '✕' };

/** A word with a mark, in the colour of its tone. */
export const Badge = ({ tone, children }: { tone: Tone; children: ComponentChildren }): VNode => (
  <span class="badge" data-tone={tone}>
    <span class="mark" aria-hidden="true">
      {marks[tone]}
    </span>{' '}
    {children}
  </span>
);

/** A button that opens a form of forms.ts. `about` is what the form is about, like a version. */
export const FormButton = ({
  form,
  about,
  tone,
  label,
  children,
}: {
  form: string;
  about?: string;
  tone?: Tone;
  label?: string;
  children: ComponentChildren;
}): VNode => (
  // Its key keeps it from becoming another button under somebody's finger.
  <button
    key={`${form} ${about ?? ''}`}
    type="button"
    class="button"
    data-form={form}
    data-about={about}
    data-tone={tone}
    aria-label={label}
  >
    {children}
  </button>
);

/** How the same is asked for in a terminal. */
export const SameCommand = ({ command }: { command: string }): VNode => (
  <span class="same">
    In a terminal: <code>{command}</code>
  </span>
);

/** A part of the page with its heading. */
export const Section = ({
  id,
  title,
  children,
}: {
  id: string;
  title: ComponentChildren;
  children: ComponentChildren;
}): VNode => (
  <section class="section" aria-labelledby={id}>
    <h2 id={id} tabIndex={-1}>
      {title}
    </h2>
    {children}
  </section>
);
