import { newLinkToken } from '../../pipeline/approval/link-token.ts';
import type { NotifyDeps } from '../../pipeline/ports.ts';
import { channelsOf } from '../runtime/channels.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import type { Environment } from '../runtime/environment.ts';
import { shownDeploymentsOf } from '../runtime/shown-deployments.ts';
import { announcingDeps } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): NotifyDeps {
  const common = announcingDeps(environment, commonDeps(environment));
  return {
    ...common,
    ...channelsOf(environment),
    shownDeployments: shownDeploymentsOf(environment, common),
    newToken: newLinkToken,
  };
}
