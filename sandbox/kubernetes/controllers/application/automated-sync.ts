import type { Application, Operation } from './application-types.ts';

/** Whether Argo CD would start a sync by itself. `heals`: the branch is as before, the cluster is not. */
export type AutomatedSync = { kind: 'none' } | { kind: 'sync'; operation: Operation; heals: boolean };

/** Decides on an automated sync: only with a difference, and a commit that was tried already only with `selfHeal`. */
export function automatedOperation({ spec, status = {} }: Application): AutomatedSync {
  const automated = spec.syncPolicy?.automated;
  const { sync, resources = [], operationState } = status;
  if (automated === undefined || automated.enabled === false) return { kind: 'none' };
  if (sync?.status !== 'OutOfSync' || sync.revision === undefined) return { kind: 'none' };
  const toPrune = (one: (typeof resources)[number]): boolean => one.requiresPruning === true;
  const different = resources.filter((one) => one.status === 'OutOfSync');
  if (automated.prune !== true && different.every(toPrune)) return { kind: 'none' };

  const last = operationState?.syncResult?.revision ?? operationState?.operation.sync?.revision;
  const tried = last === sync.revision && operationState?.finishedAt !== undefined;
  const failed = tried && operationState?.phase !== 'Succeeded';
  if (failed || (tried && automated.selfHeal !== true)) return { kind: 'none' };
  const operation: Operation = {
    initiatedBy: { automated: true },
    retry: spec.syncPolicy?.retry ?? { limit: 5 },
    sync: {
      revision: sync.revision,
      ...(automated.prune === true ? { prune: true } : {}),
      ...(spec.syncPolicy?.syncOptions === undefined ? {} : { syncOptions: spec.syncPolicy.syncOptions }),
    },
  };
  return { kind: 'sync', operation, heals: tried };
}
