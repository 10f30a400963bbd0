import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { Candidate } from '../../contracts/records/candidate.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { DeploymentType } from '../../contracts/trigger.ts';
import { decideBesideCandidate, decideOrder } from '../../core/release/order.ts';
import type { ReleaseDeps } from '../ports.ts';

/** Who waits before the lock, by place: the newest release and the newest hotfix. One hotfix may have both places. */
export type Candidates = Readonly<Record<DeploymentType, Candidate | null>>;

export interface AmongCandidates {
  /** Why the release has to stand back; null when it need not. */
  readonly refusal: Reason | null;
  /** What it makes needless. */
  readonly supersedes: readonly Candidate[];
  /** The places that it takes, in this order. */
  readonly takes: readonly DeploymentType[];
}

export async function readCandidates({ store }: Pick<ReleaseDeps, 'store'>, service: string): Promise<Candidates> {
  const [standard, hotfix] = await Promise.all([
    store.candidates.read(service, 'standard'),
    store.candidates.read(service, 'hotfix'),
  ]);
  return { standard, hotfix };
}

/** Compares a release with what waits already, by Git: never by the text of the versions. */
export async function compareWithCandidates(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  seen: Candidates,
  mine: Omit<Candidate, 'at'>,
): Promise<AmongCandidates> {
  const others = new Map(
    [seen.standard, seen.hotfix].flatMap((one) =>
      one === null || one.operation === mine.operation ? [] : [[one.operation, one] as const],
    ),
  );
  const supersedes: Candidate[] = [];
  for (const other of others.values()) {
    const comparison = await deps.source.compare(service.repository, other.commit, mine.commit);
    const order = comparison === null ? 'unknown' : decideOrder(comparison.status);
    const underWay = order === 'same' && (await isUnderWay(deps, other.operation));
    const decision = decideBesideCandidate({ mine: mine.type, other: other.type, order, underWay });
    // Starting the same release once more voids no approvals and sends no mails again.
    if (decision === 'carried') return standsBack(carriedBy(mine, other.operation));
    if (decision === 'behind') {
      const told = `${mine.version} is ${order} than ${other.version}, which is already waiting (operation ${other.operation}).`;
      return standsBack(because('Superseded', told));
    }
    if (decision === 'supersedes') supersedes.push(other);
  }
  const { standard } = seen;
  const inTheWay = mine.type === 'hotfix' && standard !== null && supersedes.includes(standard);
  return { refusal: null, supersedes, takes: inTheWay ? ['standard', 'hotfix'] : [mine.type] };
}

const standsBack = (refusal: Reason): AmongCandidates => ({ refusal, supersedes: [], takes: [] });

async function isUnderWay({ store }: Pick<ReleaseDeps, 'store'>, id: string): Promise<boolean> {
  const operation = await store.operations.read(id);
  return operation !== null && operation.outcome === null && operation.abort === null;
}

/** Why nothing is started for a release that whoever holds the lock deploys already, which waits no longer; null when they do not. */
export const carriedByHolder = (
  release: Pick<Candidate, 'version' | 'commit'>,
  holder: OperationRecord | null,
): Reason | null =>
  holder?.kind === 'deployment' && holder.outcome === null && holder.release?.commit === release.commit
    ? carriedBy(release, holder.id)
    : null;

/** Why nothing is started for a release that another operation carries, as a sentence. */
const carriedBy = ({ version, commit }: Pick<Candidate, 'version' | 'commit'>, operation: string): Reason =>
  because(
    'Superseded',
    `${version} (${commit.slice(0, 7)}) is already being deployed, and keeps its approvals: operation ${operation}.`,
  );
