import type { Store } from '../../adapters/store/store.ts';
import type { Told } from '../../contracts/api/operator-actions.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { BranchDecision, ForeignChange } from '../../contracts/records/branch.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { nameOf } from './service-snapshot.ts';

interface Decided extends Pick<BranchDecision, 'kind' | 'head'> {
  readonly service: ServiceConfiguration;
  readonly environment: EnvironmentName;
}

/**
 * What a decision about a branch means for each operation that has not committed to it yet, and for the one that has ended at it: which go on,
 * and which are to be started anew (pipeline/standby/write-branch.ts).
 */
export async function tellFollowing(
  store: Pick<Store, 'operations'>,
  decided: Decided,
  foreign: ForeignChange,
): Promise<Told> {
  const { service, kind } = decided;
  const [newest, finder] = await Promise.all([
    store.operations.list(service.name, 20),
    store.operations.read(foreign.operation),
  ]);
  // Where there was nothing to compare with, it was only shown, and the one that found it goes on.
  const ended = finder !== null && foreign.base !== null && !isShown(finder, decided) ? finder : null;
  const told: { did: string[]; didNot: string[]; next: string[] } = { did: [], didNot: [], next: [] };
  const on = `--service ${service.name}`;
  for (const operation of newest) {
    if (operation.id === ended?.id || !isOnItsWayTo(decided.environment, operation)) continue;
    const name = nameOf(operation);
    if (operation.kind === 'deployment' && operation.branch === null) {
      told.did.push(`The ${name} continues: it has not read the branch yet.`);
    } else if (isShown(operation, decided) === (kind === 'propose')) {
      const how =
        kind === 'reset' ? 'without that commit, as its approvers see it' : 'with that commit, which its approvers see';
      told.did.push(`The ${name} continues ${how}.`);
    } else {
      const why = kind === 'reset' ? 'see a release with that commit' : 'did not see that commit';
      told.didNot.push(
        `The ${name} does not continue: its approvers ${why}, so it stops before it commits. Start it again.`,
      );
      told.next.push(`sluice abort ${operation.id} ${on} --reason "…"`, startOf(operation, on));
    }
  }
  if (ended !== null) {
    told.didNot.push(`The ${nameOf(ended)} stopped because of it and does not continue: start it again.`);
    told.next.push(startOf(ended, on));
  }
  return told.did.length + told.next.length > 0 ? told : { ...told, next: [`sluice deploy --version … ${on}`] };
}

/** Whether what others wrote goes into this very operation's release, and its approvers are shown so. */
const isShown = ({ branch }: OperationRecord, { environment, head }: Decided): boolean =>
  branch !== null && branch.environment === environment && branch.head === head && branch.proposed;

function isOnItsWayTo(environment: EnvironmentName, operation: OperationRecord): boolean {
  const { kind, outcome, gitCommit, target, live } = operation;
  const goesTo = target ?? (live === null ? null : otherEnvironment(live.environment));
  return kind !== 'switch-traffic' && outcome === null && gitCommit === null && (goesTo ?? environment) === environment;
}

function startOf({ kind, release }: OperationRecord, on: string): string {
  const version = `--version ${release?.version ?? '…'} ${on}`;
  return kind === 'rollback' ? `sluice rollback ${version} --reason "…"` : `sluice deploy ${version}`;
}
