import type { Execution } from '../../contracts/commands.ts';
import { because } from '../../contracts/reason.ts';
import { identityOf } from '../../contracts/release.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { lastKnownGood } from '../../contracts/trigger.ts';
import { isDeployedFirst } from '../../core/rollback/is-planned.ts';
import { possibleTargets, resolveTarget } from '../../core/rollback/resolve-target.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { note, sluice } from '../operation/audited.ts';
import { loadOperation } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { readStandby } from '../shift/live.ts';
import { readLive } from '../standby/read-live.ts';
import { goodReleases } from './situation.ts';

/** Finds the release that a person wants to go back to: one that was approved and live before, and is not on hold (I3, I6). */
export async function planRollback(
  deps: ObserveDeps,
  { execution }: { execution: Execution },
): Promise<ResultOf<'plan-rollback'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const { trigger } = operation;
  const refuse = async (told: string, advice = ''): Promise<ResultOf<'plan-rollback'>> => {
    const reason = because('RollbackRefused', told, advice);
    await note(deps, { operation: operation.id, action: 'plan-rollback', actor: sluice, reason });
    return { outcome: 'refused', ending: 'failed-validation', reason };
  };
  if (trigger.kind !== 'person' || trigger.wants !== 'rollback') return refuse('Only a person plans a rollback.');
  const cluster = deps.cluster(service);
  const route = await cluster.router.read({ purpose: 'return' });
  const active = soleEnvironment(route.weights);
  if (active === null)
    return refuse(`The traffic is split ${route.weights.blue}:${route.weights.green}; end that operation first.`);
  const [live, releases, holds] = await Promise.all([
    readLive(cluster, service, active),
    deps.store.releases.list(service.name),
    deps.store.releases.holds(service.name),
  ]);
  const history = goodReleases(releases);
  const possible = [...new Set(possibleTargets(history, holds, live?.digest ?? null).map((one) => one.version))];
  const instead = `Possible: ${possible.join(', ') || 'none'}.`;
  const target = resolveTarget(trigger.version, history, holds, live?.digest ?? null);
  switch (target.kind) {
    case 'already-live':
      return refuse(`${trigger.version} is live already`, instead);
    case 'held':
      return refuse(`${trigger.version} is on hold: ${target.reason}`, instead);
    case 'unknown':
      return refuse(
        trigger.version === lastKnownGood
          ? 'No other release was live and good before that is not on hold.'
          : `${trigger.version} is not a release that was live and good before. ${instead}`,
      );
    case 'found':
  }
  const { version, digest } = target.release;
  const from = live === null ? null : { version: live.version, digest: live.digest, environment: active };
  const { standbySource } = await readStandby(deps, service, from);
  await deps.store.operations.update(operation.id, { release: identityOf(target.release), live: from, standbySource });
  await note(deps, {
    operation: operation.id,
    action: 'plan-rollback',
    actor: sluice,
    details: { version, digest, from: live },
  });
  if (!isDeployedFirst(trigger)) return { outcome: 'planned' };
  return { outcome: 'urgent', recheckSeconds: Math.ceil(service.approvals.recheck / 1_000) };
}
