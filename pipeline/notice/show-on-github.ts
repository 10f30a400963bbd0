import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { shownStatus } from '../../core/operation/shown-status.ts';
import type { CommonDeps, ShownDeployments } from '../ports.ts';
import { consoleOperationUrl } from './service-links.ts';

interface ShowingDeps extends Pick<CommonDeps, 'configuration'> {
  readonly shownDeployments?: ShownDeployments | null;
}

/**
 * Lets GitHub show how a deployment stands, as a deployment to `approvals.environment` of the release's commit. Nothing depends on it (rule 6): what
 * GitHub does not take in time is logged and left, and the next status says how things stand then.
 */
export async function showOnGitHub(
  { configuration, shownDeployments = null }: ShowingDeps,
  { operation, service }: { readonly operation: OperationRecord; readonly service: ServiceConfiguration },
  returnedBy: OperationRecord | null = null,
): Promise<void> {
  const { environment } = service.approvals;
  const { release } = operation;
  if (shownDeployments === null || environment === null || release === null || operation.kind !== 'deployment') return;
  const { repository } = service;
  const { state, description } = shownStatus(operation, returnedBy);
  await shownDeployments.bestEffort(async (signal) => {
    const { createDeployment, setDeploymentStatus } = await shownDeployments.open();
    const call = { signal, within: seconds(3) };
    const wanted = { repository, commit: release.commit, operation: operation.id, environment };
    const id = await createDeployment({ ...wanted, description: `Sluice: ${release.version}` }, call);
    const url = consoleOperationUrl(configuration, operation.id);
    await setDeploymentStatus(repository, id, { state, description, url }, call);
  });
}
