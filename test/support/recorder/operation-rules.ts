import { verifyChain } from '../../../core/audit/chain.ts';
import type { Operation, ServiceState } from '../pipeline.ts';
import { type Environment, type RouteSeen, sameWrite } from './history.ts';

/** An operation's chain, as the API gives it. */
export type Audit = { chain: string; entries: Parameters<typeof verifyChain>[1] };

/** I5 and I6: everything has ended; what did not succeed leaves 100 % where it was before. */
export function unequalEnds(
  operations: readonly Operation[],
  seen: readonly RouteSeen[],
  service: Pick<ServiceState, 'environments' | 'frozen'>,
): string[] {
  const problems: string[] = [];
  for (const { id, kind, outcome } of operations) {
    if (outcome === null) {
      problems.push(`I5: ${kind} ${id} has no outcome although the lock is free`);
      continue;
    }
    const first = seen.findIndex(({ fence }) => fence?.operation === id);
    if (kind === 'rollback' || outcome === 'succeeded' || outcome === 'frozen' || first === -1) continue;
    const before = soleOf(seen[first - 1] ?? seen[first]);
    const returners = new Set([id, ...operations.filter(({ related }) => related === id).map((one) => one.id)]);
    const after = soleOf(seen.findLast(({ fence }) => fence !== null && returners.has(fence.operation)));
    if (before === null || after !== before) {
      problems.push(`I6: ${kind} ${id} ended as ${outcome}; the traffic was on ${before} and is on ${after}`);
    }
  }
  const { blue, green } = service.environments;
  if (service.frozen === null && blue.weight !== 100 && green.weight !== 100) {
    problems.push(`I5: the traffic is split ${blue.weight}:${green.weight} although nothing is at work`);
  }
  return problems;
}

const soleOf = (state: RouteSeen | undefined): Environment | null => {
  if (state?.blue === 100) return 'blue';
  return state?.green === 100 ? 'green' : null;
};

/** I7: nothing rolls back a rollback by itself. */
export function rolledBackRollbacks(operations: readonly Operation[]): string[] {
  const kindOf = new Map(operations.map(({ id, kind }) => [id, kind]));
  return operations
    .filter(({ kind, related, actor }) => {
      const automatic = actor === 'sluice' || actor === 'alertmanager';
      return automatic && kind === 'rollback' && related !== null && kindOf.get(related) === 'rollback';
    })
    .map(({ id, related }) => `I7: rollback ${id} returned rollback ${related}`);
}

/** I7, I2: what returns by itself chooses one side; a second one only when both are bad, which ends frozen, and never a third. */
export function wavering(operations: readonly Operation[], seen: readonly RouteSeen[]): string[] {
  return operations
    .filter(({ kind, actor }) => kind === 'rollback' && (actor === 'sluice' || actor === 'alertmanager'))
    .flatMap(({ id, outcome }) => {
      const sides = seen.flatMap((state, index) => {
        const before = seen[index - 1];
        if (before === undefined || state.fence?.operation !== id || sameWrite(before, state)) return [];
        if (state.blue === before.blue) return [];
        return [state.blue > before.blue ? 'blue' : 'green'];
      });
      return sides.length > (outcome === 'frozen' || outcome === null ? 2 : 1)
        ? [`I7: rollback ${id}, which ended as ${outcome}, moved the traffic to ${sides.join(', then to ')}`]
        : [];
    });
}

/** I5: a frozen service has paged the on-call, unless a person froze it. */
export function unpagedFreezes(operations: readonly Operation[], pages: readonly unknown[]): string[] {
  const sent = JSON.stringify(pages);
  return operations
    .filter(({ outcome, reason }) => outcome === 'frozen' && !/^(Unlocked by|The service is frozen)/.test(reason ?? ''))
    .filter(({ id }) => {
      const family = [id, ...operations.filter(({ related }) => related === id).map((one) => one.id)];
      return !family.some((one) => sent.includes(one));
    })
    .map(({ id }) => `I5: operation ${id} ended frozen, and nobody was paged`);
}

/** I4, I5, I9: every chain can be proven, every intent has its result, no epoch was given twice, and one outcome was written. */
export function brokenAudits(audits: readonly Audit[]): string[] {
  const owners = new Map<number, string>();
  return audits.flatMap(({ chain, entries }) => {
    const problems: string[] = [];
    const verdict = verifyChain(chain, entries, null);
    if (verdict.kind === 'broken') problems.push(`I9: the chain of ${chain} is broken: ${verdict.why}`);
    const open = new Map<string, number>();
    let endings = 0;
    for (const { action, phase, details } of entries) {
      const count = open.get(action) ?? 0;
      open.set(action, phase === 'intent' ? count + 1 : Math.max(0, count - 1));
      const result = phase === 'result' ? (details.result as { kind?: string; epoch?: number } | undefined) : undefined;
      if (action === 'end' && result?.kind === 'ended') endings += 1;
      if (result?.kind === 'acquired' && result.epoch !== undefined) {
        const owner = owners.get(result.epoch);
        if (owner !== undefined && owner !== chain) {
          problems.push(`I4: epoch ${result.epoch} was given to ${owner} and to ${chain}`);
        }
        owners.set(result.epoch, chain);
      }
    }
    if (endings > 1) problems.push(`I5: ${chain} was ended ${endings} times`);
    for (const [action, count] of open) {
      if (count > 0) problems.push(`I9: ${chain} has an intent of ${action} without its result`);
    }
    return problems;
  });
}
