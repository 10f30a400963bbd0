import type { ApiPlan } from '../../contracts/api/plan.ts';
import { milliseconds } from '../../contracts/duration.ts';
import { between, type Instant, parseInstant } from '../../contracts/instant.ts';
import { amount, durationWords, timeWords } from '../../contracts/words.ts';
import { checkCells } from './operation-lines.ts';
import { table } from './table.ts';

/** What a deployment would be, for people. */
export function planLines(plan: ApiPlan, now: Instant): string[] {
  const { service, version, type, refusals, waits, effects, unknown } = plan;
  return [
    `Plan of ${type === 'hotfix' ? 'a hotfix, ' : ''}${service} ${version}; nothing was started.`,
    ...(refusals.length === 0
      ? ['  It would be accepted now, as far as Sluice knows.']
      : ['  It would be refused:', ...refusals.map(indent)]),
    ...section('It would wait for:', waits),
    ...section('Effects on other operations:', effects),
    ...section('Not known:', unknown),
    ...releaseLines(plan),
    ...section('Checks:', table(plan.checks.map(checkCells))),
    ...subjectLines(plan),
    ...approvalLines(plan),
    ...windowLines(plan, now),
    ...stepLines(plan),
    ...section(
      'Rollback:',
      plan.ways.map(({ when, takes, text }) => `${when}: ${takesWords[takes]}. ${text}`),
    ),
  ];
}

const takesWords = { seconds: 'seconds', minutes: 'minutes', person: 'a person decides' } as const;

const indent = (line: string): string => `    ${line}`;

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`  ${title}`, ...lines.map(indent)];

function releaseLines({ release, live, target }: ApiPlan): string[] {
  return [
    ...(live === null ? [] : [`  Live: ${live.version} on ${live.environment}.`]),
    ...(target === null ? [] : [`  Goes to: ${target}.`]),
    ...(release === null
      ? []
      : [
          `  Commit: ${release.commit} by ${release.author ?? 'somebody unknown'}.`,
          `  Image: ${release.image}@${release.digest}`,
          `  CI run: ${release.runUrl}`,
        ]),
  ];
}

function subjectLines({ subject }: ApiPlan): string[] {
  if (subject === null) return [];
  const changes = [
    ...subject.changes.map(({ name, value, url }) => [name, url === undefined ? value : `${value} ${url}`]),
    ...subject.diffs.map(({ title, files }) => [title, files.length === 0 ? 'nothing changes' : files.join(', ')]),
    ...subject.model.map(({ name, value }) => [`model ${name}`, value]),
  ];
  return [...section('Careful:', subject.risks), ...section('What changes:', table(changes))];
}

function approvalLines({ approvals }: ApiPlan): string[] {
  if (approvals === null) return [];
  const { rules, notCounting, unknownAuthors, expireMs } = approvals;
  return section(`Approvals, within ${durationWords(milliseconds(expireMs))}:`, [
    ...rules.map(
      ({ role, count, require, from }) =>
        `${count} of ${role} (${from.join(', ') || 'nobody is left who could'})${require === null ? '' : ', signed in'}`,
    ),
    ...notCounting,
    ...(unknownAuthors.length === 0
      ? []
      : [`Contributors who are not under people in sluice.yaml: ${unknownAuthors.join(', ')}`]),
  ]);
}

function windowLines({ window: { text, change } }: ApiPlan, now: Instant): string[] {
  const when =
    change === null
      ? ''
      : ` ${change.text} ${timeWords(change.at)}, in ${durationWords(milliseconds(between(now, parseInstant(change.at))))}.`;
  return [`  Window: ${text}${when}`];
}

function stepLines({ steps, traffic, bakeMs, leastMs }: ApiPlan): string[] {
  const rate =
    traffic === null
      ? ''
      : ` at ${amount(traffic.requestsPerSecond, undefined)} requests/s, ${traffic.known === 'measured' ? 'as measured now' : 'as configured'}`;
  return section(`Steps${rate}:`, [
    ...steps.flatMap(({ weight, beginsMs, lastsMs, goesOn, notices }) => [
      `${weight} % after ${durationWords(milliseconds(beginsMs))}, for ${durationWords(milliseconds(lastsMs))}${goesOn === 'person' ? ', then a person decides' : ''}`,
      ...notices.map(({ text, blind }) => `  ${text}${blind ? ' (worse than its objective allows)' : ''}`),
    ]),
    `then all of the traffic, judged for ${durationWords(milliseconds(bakeMs))}: at least ${durationWords(milliseconds(leastMs))} in total`,
  ]);
}
