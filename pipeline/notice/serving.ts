import type { EnvironmentName } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { weightWords } from '../../contracts/words.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { type Fact, hasMoved } from '../approval/deployment-summary.ts';
import type { CommonDeps } from '../ports.ts';

/** What happened to the service lately, the operation first, then by when each ended: under one lock they came one after the other. */
export async function recentOf(
  { operations }: CommonDeps['store'],
  operation: OperationRecord,
  related: OperationRecord | null,
) {
  const listed = await operations.list(operation.service, 20);
  const known = related === null || listed.some(({ id }) => id === related.id) ? listed : [related, ...listed];
  const others = known.filter(({ id }) => id !== operation.id);
  const ended = ({ endedAt }: OperationRecord) => (endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(endedAt));
  return [operation, ...others.toSorted((a, b) => ended(b) - ended(a))] as const;
}

export type Recent = Awaited<ReturnType<typeof recentOf>>;

/** What serves at the end of an operation, by the weights that it wrote or read last; by what was live if it never came to that. */
export function servingNow(recent: Recent): Fact[] {
  const [operation, ...others] = recent;
  const { weights, live, startedAt } = operation;
  if (weights === null) {
    if (live === null) return lastKnown(others);
    const movedMeanwhile = others.some(
      (other) => hasMoved(other) && (other.endedAt === null || Date.parse(other.endedAt) > Date.parse(startedAt)),
    );
    return movedMeanwhile
      ? [{ name: 'Live when last checked', value: `${live.version} on ${live.environment}` }]
      : [{ name: 'Live now', value: `${live.version} on ${live.environment}, with all of the traffic` }];
  }
  const side = soleEnvironment(weights);
  if (side === null) return [{ name: 'Traffic', value: weightWords(weights) }];
  const version = versionOn(side, recent);
  return [{ name: 'Live now', value: `${version === null ? '' : `${version} on `}${side}, with all of the traffic` }];
}

/** What served at the end of what came before: an operation that was refused before it looked knows no better. */
function lastKnown(others: readonly OperationRecord[]): Fact[] {
  const index = others.findIndex(({ weights, outcome }) => weights !== null && outcome !== null);
  const { weights = null } = others[index] ?? {};
  const side = weights === null ? null : soleEnvironment(weights);
  const version = side === null ? null : versionOn(side, others.slice(index));
  if (side === null || version === null) return [];
  return [{ name: 'Live by the last record', value: `${version} on ${side}` }];
}

/** Which version runs on a side, by the newest record that knows it. Null when none does, or when the newest one did not get that far. */
export function versionOn(side: EnvironmentName, recent: readonly OperationRecord[]): string | null {
  for (const { kind, target, release, live, gitCommit, shiftedAt, outcome } of recent) {
    // What another pipeline did afterwards, nobody has told.
    if (kind === 'observation') continue;
    // A planned rollback that gave up went back to what was live, and not to its release.
    if (side === target && release !== null && live?.environment !== target) {
      if (kind === 'switch-traffic' || shiftedAt !== null || outcome === 'succeeded') return release.version;
      if (gitCommit !== null) return null;
    }
    // What never had the lock may have looked long before others moved the traffic.
    if (target !== null && live?.environment === side) return live.version;
  }
  return null;
}
