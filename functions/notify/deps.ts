import { createMailer, type Mailer } from '../../adapters/mail/mailer.ts';
import type { Pager } from '../../adapters/page/pager.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { announcingDeps } from '../shared/announce.ts';
import { commonDeps } from '../shared/common-deps.ts';
import { awsOptions, type Environment } from '../shared/environment.ts';
import { newLinkToken } from '../shared/link-token.ts';
import type { CommonDeps } from '../shared/operation-context.ts';
import { createPagers } from '../shared/page-on-call.ts';

export interface NotifyDeps extends CommonDeps {
  readonly mailer: Mailer;
  /** The pagers of a service by channel (`sns`, `webhook`). */
  readonly pagers: (service: ServiceConfiguration) => ReadonlyMap<string, Pager>;
  /** A new link's token. */
  readonly newToken: () => string;
}

export function createDeps(environment: Environment): NotifyDeps {
  return {
    ...announcingDeps(environment, commonDeps(environment)),
    mailer: createMailer(awsOptions(environment, 'SESV2')),
    pagers: createPagers(awsOptions(environment, 'SNS')),
    newToken: newLinkToken,
  };
}
