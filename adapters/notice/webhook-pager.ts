import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { callNeighbour } from '../shared/call-neighbour.ts';
import { askHttp } from '../shared/http.ts';
import { refused, unavailable } from '../shared/neighbour-errors.ts';
import type { Pager } from './pager.ts';

export interface WebhookPagerOptions {
  readonly webhook: string;
  /** Bearer token, when the receiver wants one. */
  readonly token?: () => Promise<string>;
  /** 5 s without it. */
  readonly within?: Milliseconds;
}

/** A page as `POST {subject, text, key}` to a webhook: what PagerDuty's, Opsgenie's and chat relays take or translate. */
export function createWebhookPager(options: WebhookPagerOptions): Pager {
  // Only scheme and host are named: the path of a webhook is often its secret.
  const attempted = `POST ${new URL(options.webhook).origin}`;
  return {
    page: ({ subject, text, key }, asked = {}) => {
      const call = { neighbour: 'pager', attempted, within: options.within ?? seconds(5), ...asked };
      return callNeighbour({ ...call, kind: 'write' }, async (signal) => {
        const token = await options.token?.();
        const answer = await askHttp({
          method: 'POST',
          url: options.webhook,
          signal,
          headers: {
            'content-type': 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify({ subject, text, ...(key === undefined ? {} : { key }) }),
        });
        const { status } = answer;
        if (status >= 200 && status < 300) return;
        throw status === 429 || status >= 500
          ? unavailable({ ...call, reason: `status ${status}` })
          : refused({ ...call, status, reason: `status ${status}` });
      });
    },
  };
}
