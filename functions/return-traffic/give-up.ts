import type { Execution } from '../../contracts/commands.ts';
import { WriteConflict } from '../../contracts/errors.ts';
import { allOn, otherEnvironment } from '../../contracts/names.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { audited, sluice } from '../shared/audited.ts';
import { isFenceLost, noteFenceLost } from '../shared/fence-lost.ts';
import { claimRoute, writeRoute } from '../shared/fenced-route.ts';
import { confirmHolder } from '../shared/holder.ts';
import { loadOperation } from '../shared/operation-context.ts';
import type { ReturnTrafficDeps } from './deps.ts';

/** A planned rollback failed on its way: the traffic goes where it was, and there it stays (I7). */
export async function giveUp(deps: ReturnTrafficDeps, command: { execution: Execution; reason: string }) {
  const { operation, service } = await loadOperation(deps, command.execution);
  const holder = await confirmHolder(deps.store, operation);
  const { router } = deps.cluster(service);
  const found = await router.read({ purpose: 'return' });
  if (isFenceLost(found, holder)) await noteFenceLost(deps, operation.id, found);
  const { live, fence } = await claimRoute(router, holder, 'return');
  const destination = operation.origin ?? soleEnvironment(live.weights) ?? fence.origin;
  await deps.store.operations.update(operation.id, {
    target: destination,
    origin: otherEnvironment(destination),
    reason: command.reason,
  });
  if (live.weights[destination] === 100) return { outcome: 'nothing-to-return' as const, ending: 'failed' as const };
  const written = await audited(
    deps,
    { operation: operation.id, action: 'return-traffic', actor: sluice, reason: command.reason, before: live.weights },
    () => writeRoute(router, holder, { seq: fence.seq + 1, wanted: allOn(destination), purpose: 'return' }),
  );
  if (written.kind === 'drift') throw new WriteConflict('The route changed while the traffic was being returned.');
  return { outcome: 'returned' as const, ending: 'failed' as const };
}
