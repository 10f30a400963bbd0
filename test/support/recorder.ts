import { setTimeout as pause } from 'node:timers/promises';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { verifyChain } from '../../core/audit/chain.ts';
import type { Operation, Pipeline, ServiceState } from './pipeline.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import { until } from './until.ts';
import { type RouteSeen, watchRoute } from './watch-route.ts';

type Environment = 'blue' | 'green';
type Audit = { chain: string; entries: Parameters<typeof verifyChain>[1] };

/** Watches a sandbox from outside during a whole test, for what must hold whatever the test does (DESIGN §2). */
export interface Recorder {
  /** Every state of the route so far. */
  readonly route: readonly RouteSeen[];
  /** What broke a rule so far, each with the number of its invariant. Waits for what a test may leave at work. */
  violations(): Promise<string[]>;
  close(): Promise<void>;
}

/** How often the lock and the router's totals are read; the route is watched, so that no state of it is missed. */
const everyMs = 100;

export async function record(sandbox: SandboxProcess, pipeline: Pipeline): Promise<Recorder> {
  const watch = await watchRoute(sandbox.ready.kubeconfig);
  const found = new Set<string>();
  const holders = new Map<number, string>();
  let closing = false;

  const look = async () => {
    const [service, totals] = await Promise.all([pipeline.service(), pipeline.traffic()]);
    const { epoch, holder } = service.lock;
    const other = holders.get(epoch);
    if (holder !== null && other !== undefined && other !== holder) {
      found.add(`I4: epoch ${epoch} was held by ${other} and by ${holder}`);
    }
    if (holder !== null) holders.set(epoch, holder);
    for (const problem of strayRequests(totals, watch.seen)) found.add(problem);
  };
  const looking = (async () => {
    while (!closing) {
      await look().catch(() => undefined); // a sandbox that a test ends answers nothing for a while
      await pause(everyMs);
    }
  })();

  return {
    route: watch.seen,
    async violations() {
      const service = await until('the lock is free', 60_000, async () => {
        const state = await pipeline.service();
        return state.lock.holder === null ? state : null;
      });
      await look();
      // Reports are sent after the outcome, and have their entries too.
      const left = await orphans(sandbox);
      const operations = await Promise.all((await pipeline.operations()).map(({ id }) => pipeline.operation(id)));
      return [
        ...found,
        ...badRoutes(watch.seen),
        ...unequalEnds(operations, watch.seen, service),
        ...rolledBackRollbacks(operations),
        ...(await brokenAudits(pipeline, operations)),
        ...left,
      ];
    },
    async close() {
      closing = true;
      watch.close();
      await looking;
    },
  };
}

/** I1, I4, I12: weights sum to 100, an epoch belongs to one operation, and neither epoch nor number of writes goes back. */
function badRoutes(seen: readonly RouteSeen[]): string[] {
  const problems: string[] = [];
  const owners = new Map<number, string>();
  let before: RouteSeen['fence'] = null;
  for (const { weights, fence } of seen) {
    const numbers = weights.map(({ weight }) => weight);
    const sum = numbers.reduce((total, weight) => total + weight, 0);
    if (sum !== 100 || !numbers.every((weight) => Number.isInteger(weight) && weight >= 0)) {
      problems.push(`I1: the weights were ${JSON.stringify(numbers)}`);
    }
    if (fence === null) continue;
    const owner = owners.get(fence.epoch);
    if (owner !== undefined && owner !== fence.operation) {
      problems.push(`I4: epoch ${fence.epoch} was written by ${owner} and by ${fence.operation}`);
    }
    owners.set(fence.epoch, fence.operation);
    if (before !== null && (fence.epoch < before.epoch || (fence.epoch === before.epoch && fence.seq < before.seq))) {
      problems.push(`I12: after write ${before.epoch}.${before.seq} came ${fence.epoch}.${fence.seq}`);
    }
    before = fence;
  }
  return problems;
}

/** No production request goes to an environment that has never had weight. */
function strayRequests(totals: Record<string, Record<string, number>>, seen: readonly RouteSeen[]): string[] {
  return Object.values(totals).flatMap((byEnvironment) =>
    (['blue', 'green'] as const)
      .filter((name) => (byEnvironment[name] ?? 0) > 0 && !seen.some((state) => state[name] > 0))
      .map((name) => `I2: ${byEnvironment[name]} requests went to ${name}, which never had weight`),
  );
}

/** I5 and I6: everything has ended; what did not succeed leaves 100 % where it was before. */
function unequalEnds(operations: readonly Operation[], seen: readonly RouteSeen[], service: ServiceState): string[] {
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
function rolledBackRollbacks(operations: readonly Operation[]): string[] {
  const kindOf = new Map(operations.map(({ id, kind }) => [id, kind]));
  return operations
    .filter(({ kind, related, actor }) => {
      const automatic = actor === 'sluice' || actor === 'alertmanager';
      return automatic && kind === 'rollback' && related !== null && kindOf.get(related) === 'rollback';
    })
    .map(({ id, related }) => `I7: rollback ${id} returned rollback ${related}`);
}

/** I9: every chain can be proven, and every intent has its result. */
async function brokenAudits(pipeline: Pipeline, operations: readonly Operation[]): Promise<string[]> {
  const audits = await Promise.all(operations.map(({ id }) => pipeline.api<Audit>(`/api/operations/${id}/audit`)));
  return audits.flatMap(({ chain, entries }) => {
    const verdict = verifyChain(chain, entries, null);
    const broken = verdict.kind === 'broken' ? [`I9: the chain of ${chain} is broken: ${verdict.why}`] : [];
    const open = new Map<string, number>();
    for (const { action, phase } of entries) {
      const count = open.get(action) ?? 0;
      open.set(action, phase === 'intent' ? count + 1 : Math.max(0, count - 1));
    }
    const unended = [...open].filter(([, count]) => count > 0);
    return [...broken, ...unended.map(([action]) => `I9: ${chain} has an intent of ${action} without its result`)];
  });
}

/** No execution runs any more. The standby machine waits for `keepWarm` on purpose. */
async function orphans(sandbox: SandboxProcess): Promise<string[]> {
  const { endpoints, stateMachines } = sandbox.ready;
  const states = new SFNClient({
    endpoint: endpoints.stepfunctions,
    region: 'us-east-1',
    credentials: { accessKeyId: 'anybody', secretAccessKey: 'anything' },
  });
  const running = async () => {
    const machines = Object.entries(stateMachines).filter(([name]) => name !== 'standby');
    const lists = await Promise.all(
      machines.map(([, stateMachineArn]) =>
        states.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' })),
      ),
    );
    return lists.flatMap(({ executions = [] }) => executions.map(({ name }) => name ?? ''));
  };
  try {
    await until('no execution runs', 20_000, async () => (await running()).length === 0);
    return [];
  } catch {
    return (await running()).map((name) => `execution ${name} still runs although the lock is free`);
  } finally {
    states.destroy();
  }
}
