import { newLinkToken } from '../../pipeline/approval/link-token.ts';
import type { NotifyDeps } from '../../pipeline/ports.ts';
import { channelsOf } from '../runtime/channels.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import type { Environment } from '../runtime/environment.ts';
import { announcingDeps } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): NotifyDeps {
  return {
    ...announcingDeps(environment, commonDeps(environment)),
    ...channelsOf(environment),
    newToken: newLinkToken,
  };
}
