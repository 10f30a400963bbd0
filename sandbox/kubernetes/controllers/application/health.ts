import type { Condition, Deployment, HorizontalPodAutoscaler, KubeObject, ScaledObject } from '../objects.ts';
import { conditionOf } from '../pod-state.ts';
import type { Health, HealthStatusCode } from './application-types.ts';

/** From best to worst, as Argo CD orders them. */
const order: readonly HealthStatusCode[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'];

/** The health of the whole: that of its worst part. */
export const worst = (healths: readonly HealthStatusCode[]): HealthStatusCode =>
  healths.reduce((found, one) => (order.indexOf(one) > order.indexOf(found) ? one : found), 'Healthy');

/** Health by Argo CD's built-in rules; undefined for kinds that have none. */
export function healthOf(object: KubeObject): Health | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return { status: 'Progressing', message: 'Pending deletion' };
  switch (object.kind) {
    case 'Deployment':
      // An API server's Deployment has a Deployment's fields.
      return deploymentHealth(object as Deployment);
    case 'HorizontalPodAutoscaler':
      // An API server's autoscaler has an autoscaler's fields.
      return autoscalerHealth(object as HorizontalPodAutoscaler);
    case 'ScaledObject':
      // An API server's ScaledObject has a ScaledObject's fields.
      return scaledObjectHealth(object as ScaledObject);
    case 'Service':
      return { status: 'Healthy' };
    default:
      return undefined;
  }
}

/** Note that zero replicas read Healthy here, as in Argo CD: that an environment can take traffic is for Sluice to see (I2). */
function deploymentHealth({ metadata, spec, status = {} }: Deployment): Health {
  if (spec.paused === true) return { status: 'Suspended', message: 'Deployment is paused' };
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) {
    const message = 'Waiting for rollout to finish: observed deployment generation less than desired generation';
    return { status: 'Progressing', message };
  }
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (conditionOf(status.conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded') {
    return { status: 'Degraded', message: `Deployment "${metadata.name}" exceeded its progress deadline` };
  }
  const waiting = (what: string): Health => ({
    status: 'Progressing',
    message: `Waiting for rollout to finish: ${what}...`,
  });
  if (spec.replicas !== undefined && updatedReplicas < spec.replicas) {
    return waiting(`${updatedReplicas} out of ${spec.replicas} new replicas have been updated`);
  }
  if (replicas > updatedReplicas) {
    return waiting(`${replicas - updatedReplicas} old replicas are pending termination`);
  }
  if (availableReplicas < updatedReplicas) {
    return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  }
  return { status: 'Healthy' };
}

const failedReasons = ['FailedGetScale', 'FailedUpdateScale', 'FailedGetResourceMetric', 'InvalidSelector'];

function autoscalerHealth({ status }: HorizontalPodAutoscaler): Health {
  const conditions: readonly Condition[] = status?.conditions ?? [];
  const failed = conditions.find(
    ({ status: value, reason = '' }) => value === 'False' && failedReasons.includes(reason),
  );
  if (failed !== undefined) return { status: 'Degraded', ...(failed.message ? { message: failed.message } : {}) };
  const fine = conditions.some(({ type, status: value }) => value === 'True' && type !== 'ScalingLimited');
  return fine ? { status: 'Healthy' } : { status: 'Progressing', message: 'Waiting to Autoscale' };
}

/** As `keda.sh/ScaledObject/health.lua` of Argo CD judges it. */
function scaledObjectHealth({ status }: ScaledObject): Health {
  if (conditionOf(status?.conditions, 'Paused')?.status === 'True') {
    return { status: 'Suspended', message: 'ScaledObject is paused' };
  }
  const ready = conditionOf(status?.conditions, 'Ready');
  if (ready?.status === 'True') return { status: 'Healthy' };
  return ready?.status === 'False'
    ? { status: 'Degraded', message: ready.message ?? '' }
    : { status: 'Progressing', message: 'Creating HorizontalPodAutoscaler Object' };
}
