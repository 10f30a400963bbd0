/** What was found out about an operation: checks, diagnosis, and everything that was done. */
import type { VNode } from 'preact';
import type { ApiOperation } from '../contracts/api/operation.ts';
import { observationWords } from '../contracts/observation-words.ts';
import { Badge } from './parts.tsx';
import { clock, duration, exact } from './time.ts';
import { type Step, stepsOf } from './timeline.ts';
import { actorWords, type Tone } from './words.ts';

const results: Readonly<Record<'pass' | 'fail' | 'inconclusive', { tone: Tone; text: string }>> = {
  pass: { tone: 'calm', text: 'passed' },
  fail: { tone: 'bad', text: 'failed' },
  inconclusive: { tone: 'wait', text: 'inconclusive' },
};

/** What another pipeline did and what Sluice would have done, in the order in which it happened. */
export function ObservationView({ operation: { observation } }: { operation: ApiOperation }): VNode | null {
  if (observation == null) return null;
  return (
    <div class="part">
      <h3>What Sluice would have done</h3>
      <table class="checks">
        <caption class="unseen">What another pipeline did, and what Sluice would have done</caption>
        <tbody>
          {observationWords(observation).map(({ name, value }) => (
            <tr key={`${name} ${value}`}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What failed is there at once; what passed is folded away. */
export function ChecksView({ operation: { checks } }: { operation: ApiOperation }): VNode | null {
  if (checks.length === 0) return null;
  const passed = checks.filter(({ result }) => result === 'pass');
  const others = checks.filter(({ result }) => result !== 'pass');
  return (
    <div class="part">
      <h3>Checks</h3>
      {others.length === 0 ? null : <CheckTable caption="Checks that did not pass" checks={others} />}
      {passed.length === 0 ? null : (
        <details>
          <summary>
            <Badge tone="calm">{`${passed.length} of ${checks.length} passed`}</Badge>
          </summary>
          <CheckTable caption="Checks that passed" checks={passed} />
        </details>
      )}
    </div>
  );
}

export const CheckTable = ({
  caption,
  checks,
}: {
  caption: string;
  checks: readonly Pick<ApiOperation['checks'][number], 'name' | 'result' | 'reason' | 'url'>[];
}): VNode => (
  <table class="checks">
    <caption class="unseen">{caption}</caption>
    <thead class="unseen">
      <tr>
        <th scope="col">Check</th>
        <th scope="col">Result</th>
        <th scope="col">Finding</th>
      </tr>
    </thead>
    <tbody>
      {checks.map(({ name, result, reason, url }) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td>
            <Badge tone={results[result].tone}>{results[result].text}</Badge>
          </td>
          <td>
            {reason}
            {url === undefined ? null : (
              <>
                {' '}
                <a href={url} rel="noreferrer">
                  Look
                </a>
              </>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

export function DiagnosisView({ operation: { diagnosis } }: { operation: ApiOperation }): VNode | null {
  if (diagnosis.length === 0) return null;
  return (
    <div class="part">
      <h3>Diagnosis</h3>
      {diagnosis.map((finding, index) => {
        const [first = '', ...rest] = finding.split('\n');
        const key = `finding-${index}`;
        if (rest.length === 0) return <p key={key}>{first}</p>;
        return (
          <details key={key}>
            <summary>{first.replace(/:$/, '')}</summary>
            <Output label={first}>{rest.join('\n')}</Output>
          </details>
        );
      })}
    </div>
  );
}

/** What may be wider than the page, and is scrolled by keyboard as well. */
export const Output = ({ label, children }: { label: string; children: string }): VNode => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse (WCAG 2.1.1).
  <section class="output" tabIndex={0} aria-label={label}>
    <pre>{children}</pre>
  </section>
);

/** Whose clock the times of the timeline are: the reader's. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const TimelineView = ({ operation }: { operation: ApiOperation }): VNode => (
  <div class="part timeline">
    <h3>
      Timeline <span class="soft">{`newest first, ${zone}`}</span>
    </h3>
    <ol reversed>
      {stepsOf(operation.timeline).map((step) => (
        <TimelineStep key={step.seq} step={step} />
      ))}
    </ol>
  </div>
);

const TimelineStep = ({ step: { at, took, actor, name, what, reason, state } }: { step: Step }): VNode => (
  <li data-state={state}>
    <time dateTime={at} title={exact(Date.parse(at))}>
      {clock(Date.parse(at))}
    </time>
    <div>
      <strong>{name}</strong>
      {what === null ? null : ` ${what}`}
      <span class="soft">{` ${actorWords(actor)}${tookWords(state, took)}`}</span>
      {reason === null ? null : <span class="why">{reason}</span>}
    </div>
  </li>
);

function tookWords(state: Step['state'], took: number | null): string {
  if (state === 'under-way') return ', in progress';
  const failed = state === 'failed' ? ', failed' : '';
  return took === null || took < 1_000 ? failed : `${failed}, ${duration(took)}`;
}
