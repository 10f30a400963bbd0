import type { ComponentChildren, VNode } from 'preact';
import type { ApiPlan } from '../contracts/api/plan.ts';
import { Badge } from './parts.tsx';
import { dayAndClock, duration } from './time.ts';
import { ChangesView } from './view-approvals.tsx';
import { CheckTable } from './view-findings.tsx';
import type { Tone } from './words.ts';

const takesWords: Readonly<Record<ApiPlan['ways'][number]['takes'], string>> = {
  seconds: 'seconds',
  minutes: 'minutes',
  person: 'a person decides',
};

/** What a deployment would be and do: whether it goes ahead, what changes, who is asked, its steps and the way back. */
export function PlanView({ plan }: { plan: ApiPlan }): VNode {
  const { refusals, waits, effects, unknown, release, live, target, checks, subject } = plan;
  return (
    <div class="plan">
      <h3>{`Plan of ${plan.version}`}</h3>
      <p>
        {refusals.length === 0 ? (
          <Badge tone="calm">It would be accepted now, as far as Sluice knows.</Badge>
        ) : (
          <Badge tone="bad">It would be refused.</Badge>
        )}
      </p>
      <Sentences title="Why" tone="bad" list={refusals} />
      <Sentences title="It waits for" tone="wait" list={waits} />
      <Sentences title="Effects on other operations" tone="wait" list={effects} />
      <Sentences title="Not known" tone="wait" list={unknown} />
      <dl class="changes">
        {live === null ? null : <Fact name="Live">{`${live.version} on ${live.environment}`}</Fact>}
        {target === null ? null : <Fact name="Goes to">{target}</Fact>}
        {release === null ? null : (
          <Fact name="Release">
            {`${plan.version}, commit ${release.commit.slice(0, 7)} by ${release.author ?? 'somebody unknown'}, `}
            <a href={release.runUrl} rel="noopener noreferrer">
              CI run
            </a>
          </Fact>
        )}
        <Fact name="Window">
          {`${plan.window.text}${plan.window.change === null ? '' : ` ${plan.window.change.text} ${dayAndClock(Date.parse(plan.window.change.at))}.`}`}
        </Fact>
      </dl>
      {subject === null ? null : <ChangesView subject={subject} />}
      {checks.length === 0 ? null : (
        <>
          <h4>Checks</h4>
          <CheckTable caption="Checks" checks={checks} />
        </>
      )}
      <Approvals plan={plan} />
      <Steps plan={plan} />
      <h4>Rollback</h4>
      <ul>
        {plan.ways.map(({ when, takes, text }) => (
          <li key={when}>{`${when}: ${takesWords[takes]}. ${text}`}</li>
        ))}
      </ul>
    </div>
  );
}

const Sentences = ({ title, tone, list }: { title: string; tone: Tone; list: readonly string[] }): VNode | null =>
  list.length === 0 ? null : (
    <>
      <h4>{title}</h4>
      <ul data-tone={tone}>
        {list.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </>
  );

const Fact = ({ name, children }: { name: string; children: ComponentChildren }): VNode => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

function Approvals({ plan: { approvals } }: { plan: ApiPlan }): VNode | null {
  if (approvals === null) return null;
  const { rules, notCounting, unknownAuthors, expireMs } = approvals;
  return (
    <>
      <h4>{`Approvals, within ${duration(expireMs)}`}</h4>
      <ul>
        {rules.map(({ role, count, require, from }) => (
          <li key={role}>
            {`${count} of ${role}: ${from.join(', ') || 'nobody is left who could'}${require === null ? '' : ' (signed in)'}`}
          </li>
        ))}
        {notCounting.map((text) => (
          <li key={text}>{text}</li>
        ))}
        {unknownAuthors.length === 0 ? null : (
          <li>{`Contributors who are not under people in sluice.yaml: ${unknownAuthors.join(', ')}`}</li>
        )}
      </ul>
    </>
  );
}

const Steps = ({ plan: { steps, bakeMs, leastMs } }: { plan: ApiPlan }): VNode => (
  <>
    <h4>{`Steps, at least ${duration(leastMs)} in all`}</h4>
    <ul>
      {steps.map(({ weight, beginsMs, lastsMs, goesOn, notices }) => (
        <li key={weight}>
          {`${weight} % after ${duration(beginsMs)}, for ${duration(lastsMs)}${goesOn === 'person' ? ', then a person is asked' : ''}`}
          {notices.map(({ text, blind }) => (
            <span class="why" key={text}>
              {text}
              {blind ? ' (worse than its objective allows)' : ''}
            </span>
          ))}
        </li>
      ))}
      <li>{`then all of it is judged for ${duration(bakeMs)}`}</li>
    </ul>
  </>
);
