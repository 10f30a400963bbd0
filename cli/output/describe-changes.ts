import type { ApiOperation } from '../../contracts/api/operation.ts';
import type { Instant } from '../../contracts/instant.ts';
import { checkWords, weightWords } from '../../contracts/words.ts';
import { decisionWords } from './operation-lines.ts';
import { waitingLines } from './waiting-lines.ts';

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
    lines.push(`wanted by ${after.desired.actor}: ${after.desired.weight} % on ${after.target ?? 'the target'}`);
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
