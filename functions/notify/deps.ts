import { createPagers } from '../../adapters/notice/create-pagers.ts';
import { createMailer } from '../../adapters/notice/mailer.ts';
import { newLinkToken } from '../../pipeline/approval/link-token.ts';
import type { NotifyDeps } from '../../pipeline/ports.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, systemNow } from '../runtime/environment.ts';
import { announcingDeps } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): NotifyDeps {
  return {
    ...announcingDeps(environment, commonDeps(environment)),
    mailer: createMailer({
      ...awsOptions(environment, 'SESV2'),
      configurationSet: environment.MAIL_CONFIGURATION_SET,
    }),
    pagers: createPagers({
      sns: awsOptions(environment, 'SNS'),
      secrets: awsOptions(environment, 'SECRETS_MANAGER'),
      now: systemNow,
    }),
    newToken: newLinkToken,
  };
}
