import type { ApiOperation, ApiOperationSummary, ApiTimelineEntry } from '../../contracts/api/operation.ts';
import type { Instant } from '../../contracts/instant.ts';
import { timeWords, weightWords } from '../../contracts/words.ts';
import { table } from './table.ts';
import { waitingLines } from './waiting-lines.ts';

/** A list of operations, newest first, as a table. */
export function operationTable(operations: readonly ApiOperationSummary[]): string[] {
  if (operations.length === 0) return ['There are no operations.'];
  return table([
    ['OPERATION', 'KIND', 'SERVICE', 'VERSION', 'STATE', 'STARTED', 'BY'],
    ...operations.map(({ id, kind, service, release, outcome, state, startedAt, actor, waiting }) => [
      id,
      kind,
      service,
      release?.version ?? '-',
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
  return [
    `${id}  ${kind} of ${service}${release === null ? '' : ` ${release.version}`}`,
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
