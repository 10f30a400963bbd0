import * as z from 'zod';

/** Query of `GET /api/deliveries`. */
export const listDeliveriesSchema = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });

/** `GET /api/deliveries`: what GitHub, Alertmanager and people asked for lately and what was made of it, newest first. */
export const deliveryListSchema = z.object({
  deliveries: z
    .array(
      z.object({
        /** GitHub's delivery id, Alertmanager's fingerprint, or the name of the execution that a person started. */
        id: z.string(),
        source: z.enum(['github', 'alertmanager', 'person']),
        /** Null when it is about none that is configured. */
        service: z.string().nullable(),
        at: z.string(),
        /** `paused`: it stopped an operation that was at work, and started none of its own. */
        accepted: z.enum(['started', 'paused', 'ignored']),
        /** Which operation it started, which one it paused, or why it did neither. */
        reason: z.string(),
        /** The id of the operation that it started, or would have: there is one of that id only if it did. Null without a start. */
        operation: z.string().nullable(),
      }),
    )
    .readonly(),
});

export type ApiDelivery = ApiDeliveryList['deliveries'][number];
export type ApiDeliveryList = z.output<typeof deliveryListSchema>;
