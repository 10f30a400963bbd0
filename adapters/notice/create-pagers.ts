import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { AwsOptions } from '../shared/aws.ts';
import type { Pager } from './pager.ts';
import { createSnsPager } from './sns-pager.ts';
import { createWebhookPager } from './webhook-pager.ts';

export interface PagersOptions {
  readonly sns: Omit<AwsOptions, 'region'>;
  /** Where secrets that `notify.page` names are read. */
  readonly secrets: AwsOptions;
  readonly now: () => Instant;
}

/** The pagers that a service's `notify.page` names, by channel. */
export function createPagers({ sns, secrets, now }: PagersOptions) {
  let opened: Promise<Secrets> | null = null;
  // Loaded by the first page that needs a secret: most installations page without.
  const open = () => {
    opened ??= import('../secrets/secrets.ts').then(({ createSecrets }) => createSecrets({ ...secrets, now }));
    return opened;
  };
  const secretOf = (name: string) => ({
    get: async () => (await (await open()).get(name)).current,
    forget: () => void opened?.then((found) => found.forget(name)),
  });
  return ({ notify: { page } }: ServiceConfiguration): ReadonlyMap<string, Pager> => {
    const pagers = new Map<string, Pager>();
    if (page.sns !== undefined) pagers.set('sns', createSnsPager({ topicArn: page.sns, ...sns }));
    if (page.webhook !== undefined || page.secret !== undefined) {
      const { webhook = null, format, secret } = page;
      const options = secret === undefined ? {} : { secret: secretOf(secret) };
      pagers.set('webhook', createWebhookPager({ webhook, format, now, ...options }));
    }
    return pagers;
  };
}
