import type { ApiOperation, ApiOperationSummary, ApiTimelineEntry } from '../../contracts/api/operation.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import { observationWords } from '../../contracts/observation-words.ts';
import { wantedWeights, wantedWords } from '../../contracts/wanted.ts';
import { checkWords, timeWords, weightWords } from '../../contracts/words.ts';
import { table } from './table.ts';
import { waitingLines } from './waiting-lines.ts';

/** A list of operations, newest first, as a table; of some of them only, or of all. */
export function operationTable(operations: readonly ApiOperationSummary[], only: 'some' | 'all' = 'all'): string[] {
  if (operations.length === 0) return [only === 'all' ? 'There are no operations.' : 'There are no such operations.'];
  return table([
    ['OPERATION', 'KIND', 'SERVICE', 'VERSION', 'STATE', 'STARTED', 'BY'],
    ...operations.map(({ id, kind, service, outcome, state, startedAt, actor, waiting, ...about }) => [
      id,
      kind,
      service,
      versionOf(about) ?? '-',
      outcome ?? (waiting?.kind === 'pause' ? `${state}, paused` : state),
      timeWords(startedAt),
      actor,
    ]),
  ]);
}

/** After an order to one operation: what came of it, where it stands, and where the rest is. */
export function orderedLines(did: string, operation: ApiOperation, now: Instant): string[] {
  const { id, kind, state, outcome, weights, waiting } = operation;
  const version = versionOf(operation);
  const stands = weights === null ? (outcome ?? state) : `${outcome ?? state}, ${weightWords(weights)}`;
  return [
    did,
    `  ${id}  ${kind}${version === null ? '' : ` ${kind === 'rollback' ? 'to' : 'of'} ${version}`}: ${stands}`,
    ...(waiting === null ? [] : waitingLines(waiting, now).map((line) => `  ${line}`)),
    `  Details: sluice operation ${id}`,
  ];
}

/** The version that an operation brings in, that somebody asked for, or that a rollback goes back to; null while nobody knows. */
export const versionOf = ({
  release,
  returnsTo,
  wanted,
}: Pick<ApiOperationSummary, 'release' | 'returnsTo' | 'wanted'>): string | null =>
  release?.version ?? returnsTo ?? wanted ?? null;

/** `deployment of chest-xray-mlops v2.1.0`, `rollback of chest-xray-mlops to v2.0.5` */
export function operationName(
  operation: Pick<ApiOperationSummary, 'kind' | 'service' | 'release' | 'returnsTo' | 'wanted'>,
): string {
  const { kind, service } = operation;
  const version = versionOf(operation);
  if (version === null) return `${kind} of ${service}`;
  return `${kind} of ${service} ${kind === 'rollback' ? 'to ' : ''}${version}`;
}

/** One operation with its checks, approvals and timeline. */
export function operationLines(operation: ApiOperation, now: Instant): string[] {
  const { id, execution, state, outcome, reason, actor, startedAt, endedAt, weights } = operation;
  const { target, desired, approvals, checks, timeline, abort, waiting, related, diagnosis, observation } = operation;
  return [
    `${id}  ${operationName(operation)}`,
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
    ...(execution == null ? [] : [`  execution: ${execution}`]),
    ...(approvals === null
      ? []
      : [`  approvals: ${approvals.state}`, ...approvalLines(approvals).map(indent), ...subjectLines(approvals)]),
    ...(observation == null
      ? []
      : ['  observed:', ...table(observationWords(observation).map(({ name, value }) => [name, value])).map(indent)]),
    ...(checks.length === 0 ? [] : ['  checks:', ...table(checks.map(checkCells)).map(indent)]),
    ...(diagnosis.length === 0 ? [] : ['  diagnosis:', ...diagnosis.map(indent)]),
    ...(timeline.length === 0 ? [] : ['  timeline:', ...table(timeline.map(entryCells)).map(indent)]),
  ];
}

/** Who decided, and who is still missing. */
export function approvalLines(approvals: NonNullable<ApiOperation['approvals']>): string[] {
  const { decisions, forged, missing, notCounting, unknownAuthors } = approvals;
  return [
    ...decisions.map(decisionWords),
    ...forged.map(forgedWords),
    ...missing.map(missingWords),
    ...notCounting,
    ...(unknownAuthors.length === 0
      ? []
      : [`contributors who are not under people in sluice.yaml: ${unknownAuthors.join(', ')}`]),
  ];
}

/** What approvers decide on, without the diffs themselves: they are on the page and in `--json`. */
function subjectLines({ subject }: NonNullable<ApiOperation['approvals']>): string[] {
  if (subject === null) return [];
  const changes = [
    ...subject.changes.map(({ name, value, url }) => [name, url === undefined ? value : `${value} ${url}`]),
    ...subject.diffs.map(({ title, files }) => [title, files.length === 0 ? 'nothing changes' : files.join(', ')]),
    ...subject.model.map(({ name, value }) => [`model ${name}`, value]),
  ];
  return [
    ...subject.risks.map((risk) => `  careful: ${risk}`),
    ...(changes.length === 0 ? [] : ['  what changes:', ...table(changes).map(indent)]),
    `  subject: ${subject.hash}`,
  ];
}

export const decisionWords = ({
  decision,
  approver,
  via,
  reason,
  uncounted,
}: NonNullable<ApiOperation['approvals']>['decisions'][number]): string =>
  `${decision === 'approve' ? 'approved' : 'rejected'} by ${approver} (${via})${reason === null ? '' : `: ${reason}`}${uncounted === null ? '' : `; it does not count: ${uncounted}`}`;

const forgedWords = ({ approver, decision }: NonNullable<ApiOperation['approvals']>['forged'][number]): string =>
  `FORGED: somebody wrote into the table that ${approver} ${decision === 'approve' ? 'approved' : 'rejected'}; it does not count`;

export const missingWords = ({
  count,
  role,
  from,
}: NonNullable<ApiOperation['approvals']>['missing'][number]): string =>
  `${count} more of ${role} (${from.join(', ') || 'nobody is left who could'})`;

const indent = (line: string): string => `    ${line}`;

/** A check on one line, with the page where its finding can be seen. */
export const checkCells = ({
  name,
  result,
  reason,
  url,
}: Pick<ApiOperation['checks'][number], 'name' | 'result' | 'reason' | 'url'>): string[] => [
  name,
  result,
  url === undefined ? reason : `${reason}  ${url}`,
];

function entryCells({ at, action, phase, actor, details, doubt }: ApiTimelineEntry): string[] {
  const { reason, failure, wanted } = details;
  const words = [wantedWords(wanted), doubt, reason, failure].filter(
    (text): text is string => typeof text === 'string',
  );
  return [timeWords(at), action, phase, actor, words.join('; ')];
}

/** A line about what happened, and when; `null` where the operation does not say, as for its state. */
export interface Change {
  readonly at: Instant | null;
  readonly text: string;
}

/** What is new of an operation since it was last looked at, in the order in which it happened; `null` for the first look. */
export function describeChanges(before: ApiOperation | null, after: ApiOperation, now: Instant): Change[] {
  const known = new Map(before?.checks.map(({ name, result }) => [name, result]));
  const dated: Change[] = [
    ...(after.approvals?.decisions ?? [])
      .slice(before?.approvals?.decisions.length ?? 0)
      .map((decision) => ({ at: parseInstant(decision.at), text: decisionWords(decision) })),
    ...after.checks
      .filter(({ name, result }) => known.get(name) !== result)
      .map((check) => ({ at: parseInstant(check.at), text: `check ${check.name}: ${checkWords(check)}` })),
  ];
  const undated: string[] = [];
  if (after.outcome === null && after.state !== before?.state) undated.push(after.state);
  if (after.weights !== null && !sameWeights(before?.weights ?? null, after.weights)) {
    const text = `traffic: ${weightWords(after.weights)}`;
    // What another operation has returned was over by its end.
    const at = movedAt(after) ?? (after.endedAt === null ? null : parseInstant(after.endedAt));
    if (at === null) undated.push(text);
    else dated.push({ at, text });
  }
  if (after.desired !== null && after.desired.weight !== before?.desired?.weight) {
    const wanted = after.outcome === null ? 'wanted' : 'last wanted';
    undated.push(`${wanted} by ${after.desired.actor}: ${after.desired.weight} % on ${after.target ?? 'the target'}`);
  }
  if (after.abort !== null && before?.abort == null) {
    undated.push(`abort requested by ${after.abort.actor}: ${after.abort.reason}`);
  }
  const { waiting } = after;
  if (waiting !== null && (waiting.text !== before?.waiting?.text || waiting.until?.at !== before.waiting?.until?.at)) {
    undated.push(...waitingLines(waiting, now));
  }
  const ended: Change[] = [];
  if (after.outcome !== null && before?.outcome == null) {
    const text = `${after.outcome}${after.reason === null ? '' : `: ${after.reason}`}`;
    ended.push({ at: after.endedAt === null ? null : parseInstant(after.endedAt), text });
  }
  dated.sort((a, b) => Number(a.at) - Number(b.at));
  return [...dated, ...undated.map((text) => ({ at: null, text })), ...ended];
}

/** When the traffic got the weights that it has: the result of the last write of them. Null when the operation has written none such. */
function movedAt({ weights, timeline }: ApiOperation): Instant | null {
  const intent = timeline.findLastIndex(
    ({ phase, details }) => phase === 'intent' && sameWeights(wantedWeights(details.wanted), weights),
  );
  if (intent === -1) return null;
  const { action } = timeline[intent] ?? {};
  const result = timeline.slice(intent).find((entry) => entry.phase === 'result' && entry.action === action);
  return result === undefined || result.details.failure !== undefined ? null : parseInstant(result.at);
}

const sameWeights = (a: ApiOperation['weights'], b: ApiOperation['weights']): boolean =>
  a?.blue === b?.blue && a?.green === b?.green;
