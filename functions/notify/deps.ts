import { createMailer, type Mailer } from '../../adapters/mail/mailer.ts';
import type { Pager } from '../../adapters/page/pager.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { newLinkToken } from '../../pipeline/approval/link-token.ts';
import { announcingDeps } from '../../pipeline/notice/announce.ts';
import { createPagers } from '../../pipeline/notice/page-on-call.ts';
import type { CommonDeps } from '../../pipeline/operation/operation-context.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';

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
