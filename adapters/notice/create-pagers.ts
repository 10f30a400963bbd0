import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { AwsOptions } from '../shared/aws.ts';
import type { Pager } from './pager.ts';
import { createSnsPager } from './sns-pager.ts';
import { createWebhookPager } from './webhook-pager.ts';

/** The pagers that a service's `notify.page` names, by channel. */
export const createPagers =
  (sns: Omit<AwsOptions, 'region'>) =>
  ({ notify: { page } }: ServiceConfiguration): ReadonlyMap<string, Pager> => {
    const pagers = new Map<string, Pager>();
    if (page.sns !== undefined) pagers.set('sns', createSnsPager({ topicArn: page.sns, ...sns }));
    if (page.webhook !== undefined) pagers.set('webhook', createWebhookPager({ webhook: page.webhook }));
    return pagers;
  };
