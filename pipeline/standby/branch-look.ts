import type { Application } from '../../adapters/gitops/argo-application.ts';
import { environmentNames } from '../../contracts/names.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { noteDriftOnce } from '../shift/note-drift.ts';

/** Argo CD looks at a branch by itself every three minutes; during an operation it is asked this often, ms. */
const lookAgain = 1_000;

/**
 * Looks by way of Argo CD, which sees Git when it is asked, whether somebody else has committed to an environment's branch. That changes
 * nothing in either environment, since only exactly named commits are synced (I3), so it is recorded, once for each commit, and stops nothing.
 */
export async function branchLook(deps: ObserveDeps, { operation, service }: OperationContext): Promise<void> {
  const { applications } = deps.cluster(service);
  const { drifts } = operation;
  for (const environment of environmentNames) {
    const { application, branch } = service.environments[environment];
    // Only to know: what it cannot see now stops nothing either.
    const seen = await applications.read(application).catch(() => null);
    if (seen === null) continue;
    const looked = Date.parse(seen.status?.reconciledAt ?? '') || 0;
    if (deps.now() - looked >= lookAgain) await applications.refresh(application).catch(() => undefined);
    const foreign = foreignHead(seen);
    if (foreign === null || foreign.head === operation.gitCommit) continue;
    const what = `branch ${branch}`;
    const reason = `Somebody else moved ${what} to ${foreign.head}; ${foreign.synced} was synced last, and stays.`;
    if (drifts.includes(reason)) continue;
    await noteDriftOnce(deps, { operation: operation.id, what, before: foreign.synced, after: foreign.head, reason });
  }
}

/** The head of its branch, when that is not what was synced last and Argo CD has looked at it since. */
export function foreignHead({ status }: Pick<Application, 'status'>): { head: string; synced: string } | null {
  const { operationState, reconciledAt, sync } = status ?? {};
  const { finishedAt, phase, syncResult } = operationState ?? {};
  const [head, synced] = [sync?.revision, syncResult?.revision];
  if (!head || !synced || !finishedAt || !reconciledAt || head === synced || phase !== 'Succeeded') return null;
  // Within one second nobody can tell which came first.
  return Date.parse(reconciledAt) > Date.parse(finishedAt) ? { head, synced } : null;
}
