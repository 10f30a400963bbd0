import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { type Instant, instant } from '../../contracts/instant.ts';
import { callDependency } from '../shared/call-dependency.ts';
import { refused, unavailable } from '../shared/dependency-errors.ts';
import { askHttp } from '../shared/http.ts';
import { pageFormatters } from './page-formats.ts';
import type { Pager } from './pager.ts';

export interface WebhookPagerOptions {
  /** Null where the secret is the address (Slack). */
  readonly webhook: string | null;
  /** `generic` without it. */
  readonly format?: keyof typeof pageFormatters;
  /** What the format needs, or signs with. */
  readonly secret?: { readonly get: () => Promise<string>; readonly forget: () => void };
  readonly now?: () => Instant;
  /** 5 s without it. */
  readonly within?: Milliseconds;
}

/** A page by HTTP, as its receiver reads it. */
export function createWebhookPager(options: WebhookPagerOptions): Pager {
  const { webhook, format = 'generic', secret, now = () => instant(Date.now()) } = options;
  return {
    page: (page, asked = {}) => {
      // Only scheme and host are named: the path of a webhook is often its secret.
      const attempted = webhook === null ? `POST to the webhook of ${format}` : `POST ${new URL(webhook).origin}`;
      const call = { dependency: 'pager', attempted, within: options.within ?? seconds(5), ...asked };
      return callDependency({ ...call, retry: 'never' }, async (signal) => {
        const written = pageFormatters[format](page, webhook, (await secret?.get()) ?? null, now());
        if (!URL.canParse(written.url)) {
          throw new InvalidInput(
            `The secret of notify.page is not an address: for ${format} it is the whole URL of the webhook.`,
          );
        }
        const headers = { 'content-type': 'application/json', ...written.headers };
        const { status } = await askHttp({ method: 'POST', url: written.url, signal, headers, body: written.body });
        if (status >= 200 && status < 300) return;
        // Perhaps the secret has been changed.
        secret?.forget();
        throw status === 429 || status >= 500
          ? unavailable({ ...call, reason: `status ${status}` })
          : refused({ ...call, status, reason: `status ${status}` });
      });
    },
  };
}
