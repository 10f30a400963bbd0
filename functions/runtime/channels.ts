import { createPagers } from '../../adapters/notice/create-pagers.ts';
import { createMailer } from '../../adapters/notice/mailer.ts';
import { awsOptions, type Environment, systemNow } from './environment.ts';

/** How a function reaches people: by mail, and by the channels of `notify.page`. */
export const channelsOf = (environment: Environment) => ({
  mailer: createMailer({
    ...awsOptions(environment, 'SESV2'),
    configurationSet: environment.MAIL_CONFIGURATION_SET,
  }),
  pagers: createPagers({
    sns: awsOptions(environment, 'SNS'),
    secrets: awsOptions(environment, 'SECRETS_MANAGER'),
    now: systemNow,
  }),
});
