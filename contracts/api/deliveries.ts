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
        accepted: z.enum(['started', 'ignored']),
        /** Which operation it started, or why it started none. */
        reason: z.string(),
      }),
    )
    .readonly(),
});

export type ApiDeliveryList = z.output<typeof deliveryListSchema>;
