import { foreignPin } from '../../adapters/gitops/argo-application.ts';
import { environmentNames } from '../../contracts/names.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { noteDriftOnce } from '../shift/note-drift.ts';
import type { Drifted } from '../shift/route-drift.ts';

/**
 * Looks whether somebody else has pinned an environment's Application to another commit, which Argo CD then brings in by itself. Recorded
 * once. On the target of a shift it ends the operation: what has the traffic there is not what was approved (I3).
 */
export async function pinLook(deps: ObserveDeps, { operation, service }: OperationContext): Promise<Drifted | null> {
  const { applications } = deps.cluster(service);
  const looks = environmentNames.map(async (environment): Promise<Drifted | null> => {
    const { application } = service.environments[environment];
    // What it cannot see now stops nothing.
    const seen = await applications.read(application).catch(() => null);
    const foreign = seen === null ? null : foreignPin(seen);
    if (foreign === null) return null;
    const what = `Application ${application}`;
    const reason = `Somebody else pinned ${what} to ${foreign.found}; Sluice had pinned it to ${foreign.pinned}.`;
    const drift = { what, before: foreign.pinned, after: foreign.found, reason };
    await noteDriftOnce(deps, { operation: operation.id, ...drift });
    return environment === operation.target ? { outcome: 'drift', cause: 'drift', reason } : null;
  });
  return (await Promise.all(looks)).find((one) => one !== null) ?? null;
}
