import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { readTrailers } from '../../../adapters/gitops/commit-trailers.ts';
import { parseConfiguration } from '../../../contracts/configuration/parse-configuration.ts';
import type { Operation, Pipeline } from '../pipeline.ts';
import type { SandboxProcess } from '../sandbox-process.ts';
import { statesOf } from '../states.ts';
import { patienceMs, until } from '../until.ts';
import { type CapacitySettings, cooledOrigins, raisedUnready } from './capacity-rules.ts';
import { type CapacitySeen, environments, type RouteSeen, watchHistory } from './history.ts';
import { type Sent, untrueMessages } from './message-rules.ts';
import {
  type Audit,
  brokenAudits,
  rolledBackRollbacks,
  unequalEnds,
  unpagedFreezes,
  wavering,
} from './operation-rules.ts';
import { badRoutes, staleCapacity, staleCommits, strayRequests } from './route-rules.ts';

/** Watches a sandbox from outside during a whole test, for what must hold whatever the test does (DESIGN §2). */
export interface Recorder {
  /** Every state of the route so far. */
  readonly route: readonly RouteSeen[];
  /** Every state of the two Deployments so far. */
  readonly capacity: readonly CapacitySeen[];
  /** What broke a rule that holds at every moment: I1, I2, I4, I7, I8, I12. */
  violationsSoFar(): Promise<string[]>;
  /** All of them, once what is at work has ended: I5, I6 and I9 as well. What still waits for people is aborted. */
  violations(): Promise<string[]>;
  close(): Promise<void>;
}

/** How often lock, outcomes and the router's totals are read; the cluster is watched, so that no state of it is missed. */
const everyMs = 500;

export async function record(sandbox: SandboxProcess, pipeline: Pipeline): Promise<Recorder> {
  const history = await watchHistory(sandbox.ready.kubeconfig);
  const settings = await capacitySettings(sandbox.dataDir);
  const found = new Set<string>();
  const holders = new Map<number, string>();
  const outcomes = new Map<string, string>();
  let closing = false;

  const look = async () => {
    const [service, totals, operations] = await Promise.all([
      pipeline.service(),
      pipeline.traffic(),
      pipeline.operations(),
    ]);
    const { epoch, holder } = service.lock;
    const other = holders.get(epoch);
    if (holder !== null && other !== undefined && other !== holder) {
      found.add(`I4: epoch ${epoch} was held by ${other} and by ${holder}`);
    }
    if (holder !== null) holders.set(epoch, holder);
    for (const { id, outcome } of operations) {
      const before = outcomes.get(id);
      if (before !== undefined && before !== outcome) found.add(`I5: ${id} ended as ${before}, and then as ${outcome}`);
      if (outcome !== null) outcomes.set(id, outcome);
    }
    for (const problem of strayRequests(totals, history.route)) found.add(problem);
  };
  const looking = (async () => {
    while (!closing) {
      await look().catch(() => undefined); // a sandbox that a test ends answers nothing for a while
      await pause(everyMs);
    }
  })();
  const details = async () => Promise.all((await pipeline.operations()).map(({ id }) => pipeline.operation(id)));
  const always = (operations: readonly Operation[]) => [
    ...found,
    ...badRoutes(history.route),
    ...staleCapacity(history),
    ...raisedUnready(history, operations, settings),
    ...cooledOrigins(history, operations, settings),
    ...rolledBackRollbacks(operations),
    ...wavering(operations, history.route),
  ];

  return {
    route: history.route,
    capacity: history.capacity,
    violationsSoFar: async () => always(await details()),
    async violations() {
      const service = await settled(pipeline);
      await look();
      // Reports are sent after the outcome, and have their entries too.
      const left = await orphans(sandbox);
      const operations = await details();
      const audits = await Promise.all(operations.map(({ id }) => pipeline.api<Audit>(`/api/operations/${id}/audit`)));
      return [
        ...always(operations),
        ...unequalEnds(operations, history.route, service),
        ...unpagedFreezes(operations, await pipeline.pages()),
        ...brokenAudits(audits),
        ...(await commits(pipeline)),
        ...(await untrueMessages(await sentBy(pipeline), operations)),
        ...left,
      ];
    },
    async close() {
      closing = true;
      history.close();
      await looking;
    },
  };
}

/** Every mail and page so far, and how each operation reads. */
async function sentBy(pipeline: Pipeline): Promise<Sent[]> {
  const [mails, pages, operations] = await Promise.all([pipeline.mails(), pipeline.pages(), pipeline.operations()]);
  return [
    ...mails.map(({ subject, body }) => ({ what: `mail "${subject}"`, text: body.text })),
    ...pages.map(({ page }) => ({ what: 'page', text: String((page as { text?: unknown } | null)?.text) })),
    ...operations.map(({ id, reason }) => ({ what: `reason of ${id}`, text: reason ?? '' })),
  ];
}

/** What of the configuration of this very sandbox the rules about capacity have to know. */
async function capacitySettings(dataDir: string): Promise<CapacitySettings> {
  const parsed = parseConfiguration(await readFile(join(dataDir, 'sluice.yaml'), 'utf8'));
  const service = parsed.ok ? parsed.configuration.services[0] : undefined;
  if (service === undefined) throw new Error(`${dataDir}/sluice.yaml has no service.`);
  return { mostReplicas: service.replicas.max, keepWarmMs: service.standby.keepWarm };
}

/** The service once nothing is at work: what waits for a person is told to end, everything else has to end by itself. */
async function settled(pipeline: Pipeline) {
  const waiting = new Set(['awaiting-approval', 'awaiting-window', 'awaiting-lock']);
  return until('nothing is at work', patienceMs, async () => {
    const [service, operations] = await Promise.all([pipeline.service(), pipeline.operations()]);
    const open = operations.filter(({ outcome }) => outcome === null);
    for (const { id, state } of open) {
      if (waiting.has(state)) await pipeline.post(`/api/operations/${id}/abort`, { reason: 'the test is over' });
    }
    return open.length === 0 && service.lock.holder === null ? service : null;
  });
}

async function commits(pipeline: Pipeline): Promise<string[]> {
  const branches = environments.map((name) => `env/${name}`);
  const found = await Promise.all(
    branches.map(async (branch) => {
      const list = await pipeline.github<{ commit: { message: string } }[]>(
        `/commits?sha=${branch}&per_page=100`,
        pipeline.deployRepository,
      );
      const epochs = list
        .map(({ commit }) => readTrailers(commit.message)?.epoch)
        .filter((epoch) => epoch !== undefined);
      return staleCommits(branch, epochs.toReversed());
    }),
  );
  return found.flat();
}

/** No execution runs any more. The standby machine waits for `keepWarm` on purpose. */
async function orphans(sandbox: SandboxProcess): Promise<string[]> {
  const states = statesOf(sandbox);
  const running = async () => {
    const machines = Object.entries(sandbox.ready.stateMachines).filter(([name]) => name !== 'standby');
    const lists = await Promise.all(
      machines.map(([, stateMachineArn]) =>
        states.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' })),
      ),
    );
    return lists.flatMap(({ executions = [] }) => executions.map(({ name }) => name ?? ''));
  };
  try {
    await until('no execution runs', patienceMs, async () => (await running()).length === 0);
    return [];
  } catch {
    return (await running()).map((name) => `execution ${name} still runs although the lock is free`);
  } finally {
    states.destroy();
  }
}
