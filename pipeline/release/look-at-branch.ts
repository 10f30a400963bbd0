import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { judgeHead } from '../../core/gitops/branch-head.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ReleaseDeps } from '../ports.ts';
import { placeOf, readForeignChange } from '../standby/foreign-change.ts';

/**
 * Looks, before anybody is asked to approve, whether somebody else has written on the branch that the release is to go to, so that
 * approvers see it. Once for each operation: what comes later was seen by none of them. It stops nothing, also when it cannot look;
 * the commit itself is judged again before it is made (pipeline/standby/commit-release.ts).
 */
export async function lookAtBranch(
  deps: Pick<ReleaseDeps, 'store' | 'branch' | 'now'>,
  service: ServiceConfiguration,
  operation: OperationRecord,
): Promise<void> {
  if (operation.live === null) return;
  const environment = otherEnvironment(operation.live.environment);
  if (operation.branch?.environment === environment) return;
  const place = placeOf(service, environment);
  const head = await deps.branch.readHead(place).catch(() => null);
  if (head === null) return;
  const [known, decision] = await Promise.all([
    deps.store.branches.read(service.name, environment),
    deps.store.branches.decision(service.name, environment),
  ]);
  const record = known.commit === null ? { ...known, commit: operation.standbyCommit } : known;
  const origin = judgeHead(record, decision, head.commit);
  const found = { base: record.commit, head: head.commit, operation: operation.id, at: timestamp(deps) };
  const change = origin.kind === 'ours' ? null : await readForeignChange(deps.branch, place, found);
  const proposed = origin.kind === 'decided' && origin.decision.kind === 'propose';
  const isReset = origin.kind === 'decided' && origin.decision.kind === 'reset';
  const branch = { environment, head: head.commit, change: isReset ? null : change, proposed };
  await deps.store.operations.update(operation.id, { branch });
}
