import type { ComponentChildren, VNode } from 'preact';
import type { ApiOperation } from '../contracts/api/operation.ts';
import type { ApiOverview } from '../contracts/api/overview.ts';
import type { ApiReadings } from '../contracts/api/readings.ts';
import { phasesOf } from '../contracts/phases.ts';
import { atWork, nextWords, waitingWords } from './headline.ts';
import { Ago, Badge, FormButton, Section } from './parts.tsx';
import { operationLink, serviceLink } from './places.ts';
import { duration } from './time.ts';
import { ApprovalsView } from './view-approvals.tsx';
import { ChartsView } from './view-charts.tsx';
import { ChecksView, DiagnosisView, ObservationView, TimelineView } from './view-findings.tsx';
import { actorWords, capital, doingWords, operationName, outcomeWords } from './words.ts';

interface Look {
  readonly overview: ApiOverview;
  readonly operation: ApiOperation;
  readonly now: number;
}

/** One operation in full: the one at work, the newest, or one that was chosen in the history. */
export function OperationView({
  overview,
  operation,
  readings,
  now,
  chosen,
}: Look & { readings: ApiReadings | null; chosen: boolean }): VNode {
  const kicker = operation.outcome === null ? 'In progress' : chosen ? 'From the history' : 'Last operation';
  return (
    <Section
      id="operation"
      title={
        <>
          <span class="kicker">{kicker}</span> {operationName(operation, overview.history)}
        </>
      }
    >
      {chosen ? (
        <p class="back">
          <a href={serviceLink(overview.service.name)}>Back to the current state</a>
        </p>
      ) : null}
      <div class="card operation" key={operation.id}>
        {operation.outcome === null ? <ProgressView operation={operation} /> : null}
        <ChartsView overview={overview} operation={operation} readings={readings} />
        <div class="about">
          <FactsView overview={overview} operation={operation} now={now} />
          <OwnActions overview={overview} operation={operation} />
          <ApprovalsView operation={operation} now={now} viewer={overview.viewer} />
          <ObservationView operation={operation} />
          <ChecksView operation={operation} />
          <DiagnosisView operation={operation} />
        </div>
        <TimelineView operation={operation} />
      </div>
    </Section>
  );
}

/** Of an operation other than the one at work, which has its buttons above. */
function OwnActions({ overview, operation }: Omit<Look, 'now'>): VNode | null {
  if (operation.outcome !== null || operation.id === atWork(overview)?.id) return null;
  return (
    <div class="actions">
      <FormButton form="abort" about={operation.id}>
        Abort…
      </FormButton>
      {operation.state === 'awaiting-window' ? (
        <FormButton form="override-window" about={operation.id}>
          Pass its window…
        </FormButton>
      ) : null}
    </div>
  );
}

const ProgressView = ({ operation }: { operation: ApiOperation }): VNode => (
  <ol class="phases" aria-label="Progress">
    {phasesOf(operation).map(({ name, place }) => (
      <li key={name} data-place={place} aria-current={place === 'now' ? 'step' : undefined}>
        {name}
        {place === 'passed' ? <span class="unseen"> (done)</span> : null}
      </li>
    ))}
  </ol>
);

function FactsView({ overview: { history }, operation, now }: Look): VNode {
  const { id, kind, outcome, state, reason, release, origin, target } = operation;
  const { related, abort, startedAt, endedAt, actor, waiting, next } = operation;
  const ended = outcome === null ? null : outcomeWords({ outcome, reason });
  const length = (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt);
  // A rollback knows what it returns; what was returned is found by that.
  const returned = related ?? history.find((one) => one.related === id)?.id;
  const other = history.find((one) => one.id === returned);
  return (
    <dl class="facts">
      <Fact name={ended === null ? 'State' : 'Outcome'}>
        {ended === null ? (
          <Badge tone="work">{capital(doingWords(state))}</Badge>
        ) : (
          <Badge tone={ended.tone}>{ended.text}</Badge>
        )}
      </Fact>
      {reason === null ? null : <Fact name="Because">{reason}</Fact>}
      {waiting === null ? null : (
        <Fact name="Waits">
          {waitingWords(waiting)}
          {waiting.next.map(({ what, command }) => (
            <div class="soft" key={command}>
              {`${what}: `}
              <code>{command}</code>
            </div>
          ))}
        </Fact>
      )}
      {next === null ? null : <Fact name="Next">{nextWords(next)}</Fact>}
      {abort === null ? null : <Fact name="Abort">{`${actorWords(abort.actor)}: ${abort.reason}`}</Fact>}
      <Fact name="Started">
        <Ago at={startedAt} now={now} />
        {` by ${actorWords(actor)}`}
      </Fact>
      <Fact name={endedAt === null ? 'Running for' : 'Took'}>{duration(length)}</Fact>
      {target === null ? null : <Fact name="Traffic">{`${origin ?? '?'} → ${target}`}</Fact>}
      {release === null ? null : (
        <Fact name="Release">
          {release.version}
          <span class="soft">{` commit ${release.commit.slice(0, 7)}`}</span>
        </Fact>
      )}
      {returned === undefined ? null : (
        <Fact name={kind === 'rollback' ? 'Returns' : 'Returned by'}>
          <a href={operationLink(returned)}>{other ? operationName(other, history) : returned}</a>
        </Fact>
      )}
    </dl>
  );
}

const Fact = ({ name, children }: { name: string; children: ComponentChildren }): VNode => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
