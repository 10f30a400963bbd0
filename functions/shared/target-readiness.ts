import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/operation.ts';
import { judgeDeployment } from '../../core/workload/readiness.ts';
import type { ServiceCluster } from './service-cluster.ts';

export type TargetReadiness =
  | { kind: 'ready'; replicas: number }
  | { kind: 'waiting'; reason: string }
  | { kind: 'failed'; reason: string };

/** The labels by which a service's pods are found; the chart sets them. */
export const podLabels = (service: ServiceConfiguration) => ({ 'app.kubernetes.io/name': service.name });

/** Whether the target runs exactly the operation's release, rolled out and with at least `needed` replicas ready (I2). */
export async function targetReadiness(
  { workloads }: ServiceCluster,
  service: ServiceConfiguration,
  operation: OperationRecord,
  needed: number,
): Promise<TargetReadiness> {
  const { target, release } = operation;
  if (target === null || release === null)
    return { kind: 'failed', reason: 'The operation has no target or no release.' };
  const { namespace } = service.environments[target];
  const [deployment, pods] = await Promise.all([
    workloads.readDeployment(namespace, service.name),
    workloads.listPods(namespace, podLabels(service)),
  ]);
  if (deployment === null)
    return { kind: 'waiting', reason: `There is no Deployment ${namespace}/${service.name} yet.` };
  const judged = judgeDeployment(deployment, pods, release.digest);
  switch (judged.kind) {
    case 'failed':
      return { kind: 'failed', reason: judged.reason };
    case 'progressing':
      return { kind: 'waiting', reason: judged.reason };
    case 'ready':
      return judged.replicas >= needed
        ? { kind: 'ready', replicas: judged.replicas }
        : { kind: 'waiting', reason: `${judged.replicas} of ${needed} replicas are ready on ${target}.` };
  }
}
