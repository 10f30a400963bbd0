import type { ApiOperation } from '../../contracts/api/operation.ts';
import { weightWords } from '../../contracts/words.ts';
import { decisionWords, missingWords } from './operation-lines.ts';

/** What is new of an operation since it was last looked at, a line each; `null` for the first look. */
export function describeChanges(before: ApiOperation | null, after: ApiOperation): string[] {
  const lines: string[] = [];
  const decisions = after.approvals?.decisions ?? [];
  lines.push(...decisions.slice(before?.approvals?.decisions.length ?? 0).map(decisionWords));
  if (after.outcome === null && (after.state !== before?.state || isNewlyMissing(before, after))) {
    const missing = after.state === 'awaiting-approval' ? (after.approvals?.missing ?? []) : [];
    lines.push([after.state, missing.map(missingWords).join('; ')].filter(Boolean).join(': '));
  }
  const known = new Map(before?.checks.map(({ name, result }) => [name, result]));
  for (const { name, result, reason } of after.checks) {
    if (known.get(name) !== result) lines.push(`check ${name}: ${result}${reason === '' ? '' : `, ${reason}`}`);
  }
  if (after.weights !== null && !sameWeights(before?.weights ?? null, after.weights)) {
    lines.push(`traffic: ${weightWords(after.weights)}`);
  }
  if (after.pausedBecause !== null && after.pausedBecause !== before?.pausedBecause) {
    lines.push(`paused: ${after.pausedBecause}`);
  }
  if (after.desired !== null && after.desired.weight !== before?.desired?.weight) {
    lines.push(`wanted by ${after.desired.actor}: ${after.desired.weight} % on ${after.target ?? 'the target'}`);
  }
  if (after.abort !== null && before?.abort == null) {
    lines.push(`abort asked for by ${after.abort.actor}: ${after.abort.reason}`);
  }
  if (after.outcome !== null && before?.outcome == null) {
    lines.push(`${after.outcome}${after.reason === null ? '' : `: ${after.reason}`}`);
  }
  return lines;
}

/** Links are sent a moment after the state is entered. */
const isNewlyMissing = (before: ApiOperation | null, after: ApiOperation): boolean =>
  after.state === 'awaiting-approval' && before?.approvals == null && after.approvals !== null;

const sameWeights = (a: ApiOperation['weights'], b: ApiOperation['weights']): boolean =>
  a?.blue === b?.blue && a?.green === b?.green;
