import type { Execution } from '../../contracts/commands.ts';
import { because } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { rightInWords, rightsOf } from '../../core/cluster/rights.ts';
import { argoGroup, type ClusterFunctionName } from '../../core/cluster/roles.ts';
import { clusterPage } from '../../core/release/pages.ts';
import { note, sluice } from '../operation/audited.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { mergeChecks } from '../standby/merge-checks.ts';

/**
 * Whether a function may do in the cluster what the operation will take, asked by that function itself before any person is: an approval for
 * what cannot be done, or for a way there without a way back, is worth nothing.
 */
export async function checkRights(
  deps: Pick<ActDeps, 'store' | 'now' | 'configuration' | 'cluster'>,
  name: ClusterFunctionName,
  execution: Execution,
): Promise<ResultOf<'check-rights'>> {
  const { operation, service } = await loadOperation(deps, execution);
  if (operation.abort)
    return { outcome: 'aborted', ending: 'aborted', reason: because('Aborted', operation.abort.reason) };
  const rights = rightsOf(service, deps.configuration.argocd.namespace, name);
  const missing = await deps.cluster(service).accessReviews.missing(rights);
  const clusters = [
    ...new Set(missing.map(({ group }) => (group === argoGroup ? service.argocd.cluster : service.cluster))),
  ];
  const url = clusterPage(deps.configuration.clusters, clusters[0] ?? service.cluster);
  const check = {
    ...{ name: `rights of the function ${name}`, at: timestamp(deps), advisory: true as const },
    ...(url === null ? {} : { url }),
  };
  const reason =
    missing.length === 0
      ? `all ${rights.length} that it needs in ${service.cluster}`
      : `it may not ${missing.map(rightInWords).join('; not ')}`;
  const result = missing.length === 0 ? 'pass' : 'fail';
  const checks = mergeChecks(operation.checks, [{ ...check, result, reason }]);
  await deps.store.operations.update(operation.id, { checks });
  if (missing.length === 0) return { outcome: 'checked' };
  const roles = clusters.map((cluster) => `\`sluice cluster-roles ${cluster}\``).join(' and ');
  const refusal = because(
    'RightsMissing',
    `The function ${name} lacks rights in cluster ${clusters.join(' and ')}, so this deployment could not be carried out or rolled back: ${reason}`,
    `Apply the output of ${roles} with kubectl${clusters.length > 1 ? ', each in its cluster' : ''}, then start it again.`,
  );
  await note(deps, { operation: operation.id, action: 'check-rights', actor: sluice, reason: refusal });
  return { outcome: 'refused', ending: 'failed', reason: refusal };
}
