import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { GitHubStore, Repository } from './github-store.ts';
import { presentRun, presentWorkflow } from './present-ci.ts';
import { presentOrganization, presentRepository, presentUser } from './present-repository.ts';
import type { RunRow } from './rows.ts';

/** The document of GitHub's `workflow_run` webhook with action `completed`. */
export const workflowRunPayload = (endpoint: string, store: GitHubStore, repository: Repository, run: RunRow) => ({
  action: 'completed' as const,
  workflow_run: presentRun(endpoint, store, repository, run),
  workflow: presentWorkflow(endpoint, repository, run),
  repository: presentRepository(endpoint, repository.row),
  organization: presentOrganization(endpoint, repository.row.owner),
  sender: presentUser(endpoint, run.actor),
});

export type WorkflowRunPayload = ReturnType<typeof workflowRunPayload>;

/** The value of `x-hub-signature-256` for exactly these bytes. */
export const signWebhook = (secret: string, body: string | Uint8Array): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/**
 * Sends a webhook as GitHub does and resolves with the receiver's status and body. A refused connection is tried again
 * `retries` times, half a second apart (GitHub itself does not); other failures reject.
 */
export async function deliverWebhook(options: {
  url: string;
  secret: string;
  payload: unknown;
  event?: string;
  /** Give an earlier one to send a redelivery. */
  deliveryId?: string;
  retries?: number;
}): Promise<{ status: number; body: string; deliveryId: string }> {
  const body = JSON.stringify(options.payload);
  const deliveryId = options.deliveryId ?? randomUUID();
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/sandbox',
    'x-github-event': options.event ?? 'workflow_run',
    'x-github-delivery': deliveryId,
    'x-github-hook-id': '1',
    'x-hub-signature-256': signWebhook(options.secret, body),
  };
  for (let left = options.retries ?? 0; ; left -= 1) {
    try {
      const answer = await fetch(options.url, { method: 'POST', headers, body });
      return { status: answer.status, body: await answer.text(), deliveryId };
    } catch (error) {
      if (left <= 0)
        throw new Error(`The webhook receiver of ${options.event ?? 'workflow_run'} did not answer`, { cause: error });
      await delay(500);
    }
  }
}
