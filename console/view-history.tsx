import type { VNode } from 'preact';
import type { ApiOverview } from '../contracts/api/overview.ts';
import { sentence } from '../contracts/words.ts';
import { Ago, Badge, FormButton, Section } from './parts.tsx';
import { operationLink } from './places.ts';
import { duration } from './time.ts';
import { actorWords, doingWords, operationName, outcomeWords, type Tone } from './words.ts';

/** Releases that may not be deployed again until a person releases the hold. */
export function HoldsView({ overview, now }: { overview: ApiOverview; now: number }): VNode | null {
  const { holds } = overview.service;
  if (holds.length === 0) return null;
  return (
    <Section id="holds" title="On hold">
      <ul class="card holds">
        {holds.map(({ version, digest, reason, operation, at }) => (
          <li key={digest}>
            <div>
              <strong>{version}</strong> may not be deployed again: {sentence(reason)}
              <span class="soft">
                {' Put on hold '}
                <Ago at={at} now={now} />. <a href={operationLink(operation)}>Why</a>
              </span>
            </div>
            <FormButton form="release-hold" about={version} label={`Release the hold on ${version}`}>
              Release…
            </FormButton>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function HistoryView({ overview, now }: { overview: ApiOverview; now: number }): VNode {
  const { history, operation } = overview;
  return (
    <Section id="history" title="History">
      {history.length === 0 ? (
        <p class="card soft">Nothing has happened yet.</p>
      ) : (
        <div class="card">
          <table class="history">
            <caption class="unseen">Operations, newest first</caption>
            <thead>
              <tr>
                <th scope="col" class="wide">
                  Started
                </th>
                <th scope="col">Operation</th>
                <th scope="col">Outcome</th>
                <th scope="col" class="wide">
                  By
                </th>
                <th scope="col" class="wide">
                  Took
                </th>
              </tr>
            </thead>
            <tbody>
              {history.map((entry) => (
                <Row key={entry.id} entry={entry} history={history} shown={operation?.id === entry.id} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

type Entry = ApiOverview['history'][number];

function Row({
  entry,
  history,
  shown,
  now,
}: {
  entry: Entry;
  history: readonly Entry[];
  shown: boolean;
  now: number;
}): VNode {
  const { id, reason, startedAt, endedAt, actor } = entry;
  const { text, tone } = standingOf(entry);
  return (
    <tr data-shown={shown ? 'yes' : undefined}>
      <td class="wide">
        <Ago at={startedAt} now={now} />
      </td>
      <th scope="row">
        <a href={operationLink(id)} aria-current={shown ? 'true' : undefined}>
          {operationName(entry, history)}
        </a>
        <span class="narrow why">
          <Ago at={startedAt} now={now} />
        </span>
      </th>
      <td>
        <Badge tone={tone}>{text}</Badge>
        {reason === null || tone === 'calm' ? null : <span class="why">{reason}</span>}
      </td>
      <td class="wide">{actorWords(actor)}</td>
      <td class="wide">{endedAt === null ? '' : duration(Date.parse(endedAt) - Date.parse(startedAt))}</td>
    </tr>
  );
}

function standingOf({ state, outcome, reason, waiting }: Entry): { text: string; tone: Tone } {
  if (outcome !== null) return outcomeWords({ outcome, reason });
  return { text: waiting?.kind === 'pause' ? 'paused' : doingWords(state), tone: 'work' };
}
