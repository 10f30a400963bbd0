import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { Release } from '../../contracts/release.ts';
import { judgeHead } from '../../core/gitops/branch-head.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ReleaseDeps } from '../ports.ts';
import { placeOf, readForeignChange } from '../standby/foreign-change.ts';

/**
 * Looks, before anybody is asked to approve, whether somebody else has written on the branch that the release is to go to, so that
 * approvers see it. Once for each operation: what comes later was seen by none of them. It stops nothing, also when it cannot look;
 * the commit itself is judged again before it is made (pipeline/standby/commit-release.ts).
 *
 * Where the release's own commit has no chart, its chart is the one on that branch, and becomes part of what the operation is about.
 *
 * @returns the commit on which the release would be written; null when nobody can say.
 */
export async function lookAtBranch(
  deps: Pick<ReleaseDeps, 'store' | 'branch' | 'now'>,
  service: ServiceConfiguration,
  operation: OperationRecord,
  { chartTree: own }: Pick<Release, 'chartTree'>,
): Promise<string | null> {
  if (operation.live === null) return null;
  const environment = otherEnvironment(operation.live.environment);
  const place = placeOf(service, environment);
  const seen = operation.branch?.environment === environment ? operation.branch.head : null;
  const head = seen ?? (await deps.branch.readHead(place).catch(() => null))?.commit ?? null;
  if (head === null) return null;
  const [known, decision] = await Promise.all([
    deps.store.branches.read(service.name, environment),
    deps.store.branches.decision(service.name, environment),
  ]);
  const record = known.commit === null ? { ...known, commit: operation.standbyCommit } : known;
  const origin = judgeHead(record, decision, head);
  const proposed = origin.kind === 'decided' && origin.decision.kind === 'propose';
  const isReset = origin.kind === 'decided' && origin.decision.kind === 'reset';
  const base = origin.kind === 'ours' || proposed ? head : record.commit;
  if (seen !== null) return base;
  const found = { base: record.commit, head, operation: operation.id, at: timestamp(deps) };
  const change = origin.kind === 'ours' ? null : await readForeignChange(deps.branch, place, found);
  const tree = own !== null || base === null ? null : await deps.branch.readTree(place, base);
  const chartTree = own ?? (tree === null ? null : await deps.branch.chartTree(place, tree, service.gitops.path));
  const { release } = operation;
  await deps.store.operations.update(operation.id, {
    branch: { environment, head, change: isReset ? null : change, proposed },
    ...(release === null ? {} : { release: { ...release, chartTree } }),
  });
  return base;
}
