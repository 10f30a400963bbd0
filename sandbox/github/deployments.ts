import type { Editor, Repository } from './github-store.ts';
import { isoSeconds } from './present-commit.ts';
import type { DeploymentRow, DeploymentStatusRow } from './rows.ts';

/** The newest status of a deployment. */
export const latestStatus = (repository: Repository, deploymentId: number): DeploymentStatusRow | undefined =>
  [...repository.tables.deploymentStatuses.values()]
    .filter((one) => one.deploymentId === deploymentId)
    .reduce<DeploymentStatusRow | undefined>((a, b) => (a === undefined || b.id > a.id ? b : a), undefined);

export function addDeployment(
  editor: Editor,
  repository: Repository,
  given: Omit<DeploymentRow, 'id' | 'createdAt' | 'updatedAt'>,
  at: Date = editor.now,
): DeploymentRow {
  const row = { ...given, id: editor.nextId(), createdAt: isoSeconds(at), updatedAt: isoSeconds(at) };
  editor.put(repository, 'deployments', row);
  return row;
}

export type NewDeploymentStatus = Omit<DeploymentStatusRow, 'id' | 'deploymentId' | 'createdAt'> & {
  /** GitHub's `auto_inactive`. */
  readonly retires: 'earlier deployments' | 'nothing';
};

/**
 * Adds a status. A success makes earlier successful deployments to the same environment inactive, unless that is a
 * transient or a production environment: GitHub's rule.
 */
export function addDeploymentStatus(
  editor: Editor,
  repository: Repository,
  deployment: DeploymentRow,
  { retires, ...given }: NewDeploymentStatus,
  at: Date = editor.now,
): DeploymentStatusRow {
  const createdAt = isoSeconds(at);
  if (given.state === 'success' && retires === 'earlier deployments') {
    for (const earlier of repository.tables.deployments.values()) {
      const same = earlier.environment === deployment.environment && earlier.id < deployment.id;
      if (!same || earlier.transient || earlier.production) continue;
      const last = latestStatus(repository, earlier.id);
      if (last?.state !== 'success') continue;
      const inactive = { ...last, id: editor.nextId(), state: 'inactive' as const, createdAt };
      editor.put(repository, 'deploymentStatuses', inactive);
    }
  }
  const row = { ...given, id: editor.nextId(), deploymentId: deployment.id, createdAt };
  editor.put(repository, 'deploymentStatuses', row);
  editor.put(repository, 'deployments', { ...deployment, updatedAt: createdAt });
  return row;
}
