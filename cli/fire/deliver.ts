import { createHmac } from 'node:crypto';
import * as z from 'zod';
import type { ReadyFile } from '../connection/ready-file.ts';
import type { World } from '../world.ts';
import { type AlertToSend, alertmanagerDocument } from './alert.ts';
import { ask } from './require-ready.ts';

export const webhookAnswer = z.object({
  accepted: z.boolean(),
  operation: z.string().nullish(),
  execution: z.string().optional(),
  reason: z.string().optional(),
});
const alertAnswer = z.object({ alerts: z.array(webhookAnswer).min(1) });

/** What became of a delivery. */
export interface Delivered {
  readonly status: number;
  /** Undefined when the webhook answered in a form that nobody knows. */
  readonly answer: z.output<typeof webhookAnswer> | undefined;
  readonly document: unknown;
}

/** Delivers a completed CI run, signed as GitHub signs it. */
export async function deliverRun(
  world: World,
  ready: ReadyFile,
  { payload, delivery }: { readonly payload: object; readonly delivery: string },
): Promise<Delivered> {
  const body = JSON.stringify(payload);
  const { status, document } = await ask(world, ready.githubWebhook, {
    what: 'The webhook',
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/sluice',
      'x-github-event': 'workflow_run',
      'x-github-delivery': delivery,
      'x-hub-signature-256': `sha256=${createHmac('sha256', ready.secrets.githubWebhook).update(body).digest('hex')}`,
    },
    body,
  });
  return { status, answer: webhookAnswer.safeParse(document).data, document };
}

/** Sends one alert as Alertmanager does. */
export async function sendAlert(world: World, ready: ReadyFile, alert: AlertToSend): Promise<Delivered> {
  const { status, document } = await ask(world, ready.alertmanagerWebhook, {
    what: 'The webhook',
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Alertmanager/sluice',
      authorization: `Bearer ${ready.secrets.alertmanagerToken}`,
    },
    body: JSON.stringify(alertmanagerDocument(alert)),
  });
  return { status, answer: alertAnswer.safeParse(document).data?.alerts[0], document };
}
