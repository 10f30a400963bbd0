import * as z from 'zod';
import { objectName } from './primitives.ts';

/** `autoscaler:` of a service: by what object Sluice sets the capacity of an environment. Its name is the service's unless written. */
export const autoscalerSchema = z.discriminatedUnion('kind', [
  /** A HorizontalPodAutoscaler, by its `minReplicas`. */
  z.strictObject({ kind: z.literal('HPA'), name: objectName.optional() }),
  /** KEDA's ScaledObject, by its `minReplicaCount`: KEDA holds the HorizontalPodAutoscaler that it makes of it. */
  z.strictObject({ kind: z.literal('ScaledObject'), name: objectName.optional() }),
  /** Nothing scales the Deployment: Sluice sets its replicas by `/scale`. */
  z.strictObject({ kind: z.literal('none') }),
]);

/** By what the capacity of a service is set. */
export interface Autoscaler {
  readonly kind: z.output<typeof autoscalerSchema>['kind'];
  /** Of the object; with `none` of the Deployment. */
  readonly name: string;
}
