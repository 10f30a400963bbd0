import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { Candidate } from '../../contracts/records/candidate.ts';
import { decideOrder } from '../../core/release/order.ts';
import type { ReleaseDeps } from '../ports.ts';

/** Null when nobody waits, or this release is not behind who does; else why it has to stand back. */
export async function compareWithCandidate(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  seen: Candidate | null,
  { operation, version, commit }: Pick<Candidate, 'operation' | 'version' | 'commit'>,
): Promise<Reason | null> {
  if (seen === null || seen.operation === operation) return null;
  const comparison = await deps.source.compare(service.repository, seen.commit, commit);
  const order = comparison === null ? 'newer' : decideOrder(comparison.status);
  // Whoever starts the same once more does not void its approvals, nor write to everybody again.
  if (order === 'same' && (await isUnderWay(deps, seen.operation)))
    return carriedBy({ version, commit }, seen.operation);
  if (order !== 'older' && order !== 'diverged') return null;
  return because(
    'Superseded',
    `${version} is ${order} than ${seen.version}, which waits already (operation ${seen.operation}).`,
  );
}

async function isUnderWay({ store }: Pick<ReleaseDeps, 'store'>, id: string): Promise<boolean> {
  const operation = await store.operations.read(id);
  return operation !== null && operation.outcome === null && operation.abort === null;
}

/** Why nothing is started for a release that another operation carries, as a sentence. */
export const carriedBy = ({ version, commit }: Pick<Candidate, 'version' | 'commit'>, operation: string): Reason =>
  because(
    'Superseded',
    `${version} (${commit.slice(0, 7)}) is on its way already, with the approvals that it has: operation ${operation}.`,
  );
