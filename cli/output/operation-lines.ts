import type { ApiOperation, ApiOperationSummary, ApiTimelineEntry } from '../../contracts/api/operation.ts';
import type { Instant } from '../../contracts/instant.ts';
import { checkWords, timeWords, weightWords } from '../../contracts/words.ts';
import { table } from './table.ts';
import { waitingLines } from './waiting-lines.ts';

/** A list of operations, newest first, as a table. */
export function operationTable(operations: readonly ApiOperationSummary[]): string[] {
  if (operations.length === 0) return ['There are no operations.'];
  return table([
    ['OPERATION', 'KIND', 'SERVICE', 'VERSION', 'STATE', 'STARTED', 'BY'],
    ...operations.map(({ id, kind, service, release, wanted, outcome, state, startedAt, actor, waiting }) => [
      id,
      kind,
      service,
      release?.version ?? wanted ?? '-',
      outcome ?? (waiting?.kind === 'pause' ? `${state}, paused` : state),
      timeWords(startedAt),
      actor,
    ]),
  ]);
}

/** One operation with its checks, approvals and timeline. */
export function operationLines(operation: ApiOperation, now: Instant): string[] {
  const { id, kind, service, release, state, outcome, reason, actor, startedAt, endedAt, weights } = operation;
  const { target, desired, approvals, checks, timeline, abort, waiting, related, diagnosis } = operation;
  const version = release?.version ?? operation.wanted;
  return [
    `${id}  ${kind} of ${service}${version ? ` ${version}` : ''}`,
    `  ${outcome === null ? state : outcome}${reason === null ? '' : `: ${reason}`}`,
    ...(waiting === null ? [] : waitingLines(waiting, now).map((line) => `  ${line}`)),
    `  started ${timeWords(startedAt)} by ${actor}${endedAt === null ? '' : `, ended ${timeWords(endedAt)}`}`,
    ...(weights === null ? [] : [`  traffic${outcome === null ? '' : ' at its end'}: ${weightWords(weights)}`]),
    ...(desired === null
      ? []
      : [
          `  ${outcome === null ? 'wanted' : 'last wanted'}: ${desired.weight} % on ${target ?? 'the target'} by ${desired.actor}: ${desired.reason}`,
        ]),
    ...(related === null ? [] : [`  returns operation ${related}`]),
    ...(abort === null ? [] : [`  aborted by ${abort.actor}: ${abort.reason}`]),
    ...(approvals === null ? [] : [`  approvals: ${approvals.state}`, ...approvalLines(approvals).map(indent)]),
    ...(checks.length === 0 ? [] : ['  checks:', ...table(checks.map(checkCells)).map(indent)]),
    ...(diagnosis.length === 0 ? [] : ['  diagnosis:', ...diagnosis.map(indent)]),
    ...(timeline.length === 0 ? [] : ['  timeline:', ...table(timeline.map(entryCells)).map(indent)]),
  ];
}

/** Who decided, and who is still missing. */
export function approvalLines({ decisions, missing }: NonNullable<ApiOperation['approvals']>): string[] {
  return [...decisions.map(decisionWords), ...missing.map(missingWords)];
}

export const decisionWords = ({
  decision,
  approver,
  via,
  reason,
}: NonNullable<ApiOperation['approvals']>['decisions'][number]): string =>
  `${decision === 'approve' ? 'approved' : 'rejected'} by ${approver} (${via})${reason === null ? '' : `: ${reason}`}`;

export const missingWords = ({
  count,
  role,
  from,
}: NonNullable<ApiOperation['approvals']>['missing'][number]): string =>
  `${count} more of ${role} (${from.join(', ') || 'nobody is left who could'})`;

const indent = (line: string): string => `    ${line}`;
const checkCells = ({ name, result, reason }: ApiOperation['checks'][number]): string[] => [name, result, reason];

function entryCells({ at, action, phase, actor, details }: ApiTimelineEntry): string[] {
  const { reason, failure } = details;
  const words = [reason, failure].filter((text): text is string => typeof text === 'string');
  return [timeWords(at), action, phase, actor, words.join('; ')];
}

/** What is new of an operation since it was last looked at, a line each; `null` for the first look. */
export function describeChanges(before: ApiOperation | null, after: ApiOperation, now: Instant): string[] {
  const lines: string[] = [];
  const decisions = after.approvals?.decisions ?? [];
  lines.push(...decisions.slice(before?.approvals?.decisions.length ?? 0).map(decisionWords));
  if (after.outcome === null && after.state !== before?.state) lines.push(after.state);
  const known = new Map(before?.checks.map(({ name, result }) => [name, result]));
  for (const check of after.checks) {
    if (known.get(check.name) !== check.result) lines.push(`check ${check.name}: ${checkWords(check)}`);
  }
  if (after.weights !== null && !sameWeights(before?.weights ?? null, after.weights)) {
    lines.push(`traffic: ${weightWords(after.weights)}`);
  }
  if (after.desired !== null && after.desired.weight !== before?.desired?.weight) {
    const wanted = after.outcome === null ? 'wanted' : 'last wanted';
    lines.push(`${wanted} by ${after.desired.actor}: ${after.desired.weight} % on ${after.target ?? 'the target'}`);
  }
  if (after.abort !== null && before?.abort == null) {
    lines.push(`abort asked for by ${after.abort.actor}: ${after.abort.reason}`);
  }
  const { waiting } = after;
  if (waiting !== null && (waiting.text !== before?.waiting?.text || waiting.until?.at !== before.waiting?.until?.at)) {
    lines.push(...waitingLines(waiting, now));
  }
  if (after.outcome !== null && before?.outcome == null) {
    lines.push(`${after.outcome}${after.reason === null ? '' : `: ${after.reason}`}`);
  }
  return lines;
}

const sameWeights = (a: ApiOperation['weights'], b: ApiOperation['weights']): boolean =>
  a?.blue === b?.blue && a?.green === b?.green;
