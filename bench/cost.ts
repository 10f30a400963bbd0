import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { readExample } from '../cdk/installation.ts';
import { synthesize } from '../test/cdk/support/synthesize.ts';
import { requestsOf } from '../test/support/aws-calls.ts';
import { pipelineOf } from '../test/support/pipeline.ts';
import { startSandboxProcess } from '../test/support/sandbox-process.ts';
import { statesOf } from '../test/support/states.ts';
import { until } from '../test/support/until.ts';
import { idleMonth } from './cost/idle-month.ts';
import { pricesAsOf } from './cost/prices.ts';
import { type Invocation, priceOf, total, type Usage, usageOf } from './cost/usage.ts';

const service = 'chest-xray-mlops';
/** What a deployment of half an hour may cost, in dollars. */
const target = 0.01;

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-cost-'));
const recording = join(folder, 'calls.jsonl');
process.env.SLUICE_RECORD_AWS_CALLS = recording;
const sandbox = await startSandboxProcess();
const pipeline = pipelineOf(sandbox);
const states = statesOf(sandbox);
const counted = new Set<string>();

/** What was used since the last time. */
async function usageSince(before: number, http: readonly Invocation[]): Promise<Usage> {
  const usage: Usage = {
    transitions: 0,
    invocations: [...http],
    requests: requestsOf(readFileSync(recording, 'utf8')).slice(before),
    httpRequests: http.length,
    logBytes: 0,
  };
  for (const stateMachineArn of Object.values(sandbox.ready.stateMachines)) {
    const { executions = [] } = await states.send(new ListExecutionsCommand({ stateMachineArn }));
    for (const { executionArn = '' } of executions.filter((one) => !counted.has(one.executionArn ?? ''))) {
      counted.add(executionArn);
      const { transitions, invocations, logBytes } = usageOf(await historyOf(states, executionArn));
      usage.transitions += transitions;
      usage.invocations.push(...invocations);
      usage.logBytes += logBytes;
    }
  }
  return usage;
}

async function historyOf(client: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000, nextToken }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

const recorded = (): number => requestsOf(readFileSync(recording, 'utf8')).length;
const request = (name: Invocation['name']): Invocation => ({ name, took: 200, state: null });

/** A deployment's usage with judging as long as in production: a call for every 55 s instead of the sandbox's few. */
function asLongAsInProduction(usage: Usage): Usage {
  const [production] = readExample().configuration.services;
  if (production === undefined) throw new Error('The example has no service.');
  const { traffic, bake } = production;
  const patience = 55_000;
  const waits = [...traffic.steps.map(() => traffic.interval), bake];
  const calls = waits.reduce((sum, wait) => sum + Math.ceil(wait / patience), 0);
  const judged = usage.invocations.filter(({ state }) => state === 'Judge' || state === 'Bake');
  const judgedTime = waits.reduce((sum, wait) => sum + wait, 0);
  // A call is two transitions: the task, and the choice that asks for the next.
  const transitions = usage.transitions + 2 * (calls - judged.length);
  const invocations = usage.invocations.filter((one) => !judged.includes(one));
  const took = judgedTime / calls;
  const more = Array.from({ length: calls }, (): Invocation => ({ name: 'observe', took, state: 'Judge' }));
  const byObserve = usage.requests.filter(({ by }) => by === 'observe');
  const observed = usage.invocations.filter(({ name }) => name === 'observe').length;
  const perCall = byObserve.slice(0, Math.ceil(byObserve.length / observed));
  const requests = [...usage.requests, ...more.flatMap(() => perCall)];
  console.log(
    `A deployment of ${(judgedTime / 60_000).toFixed(0)} minutes of judging: ${calls} calls of observe instead of ${judged.length}.`,
  );
  return { ...usage, transitions, invocations: [...invocations, ...more], requests };
}

function report(title: string, costs: Record<string, number>): void {
  console.log(`\n${title}: $${total(costs).toFixed(4)}`);
  for (const [what, cost] of Object.entries(costs)) console.log(`  ${what.padEnd(22)} $${cost.toFixed(6)}`);
}

try {
  const start = recorded();
  const id = await pipeline.begin('v2.1.1');
  if ((await pipeline.ended(id, 180_000)).outcome !== 'succeeded') throw new Error('The deployment did not succeed.');
  const approvals = Array.from({ length: 4 }, () => request('approvals'));
  const deployment = asLongAsInProduction(await usageSince(start, [request('github-webhook'), ...approvals]));
  const deploymentCosts = priceOf(deployment);
  report(
    `A deployment with two approvals (${deployment.transitions} transitions, ${deployment.invocations.length} calls)`,
    deploymentCosts,
  );

  const between = recorded();
  const { body } = await pipeline.post('/api/rollbacks', {
    service,
    version: 'last-known-good',
    reason: 'what it costs',
    emergency: true,
  });
  await pipeline.ended(String(body.operation), 120_000);
  await until('the lock is free', 60_000, async () => ((await pipeline.service()).lock.holder === null ? true : null));
  const rollback = await usageSince(between, [request('api-operate')]);
  report(
    `An emergency rollback (${rollback.transitions} transitions, ${rollback.invocations.length} calls)`,
    priceOf(rollback),
  );

  report('A month in which nothing is deployed', idleMonth(synthesize()));
  console.log(`\nList prices as of ${pricesAsOf}. Target: a deployment ≤ $${target}.`);
  if (total(deploymentCosts) > target) process.exitCode = 1;
} finally {
  states.destroy();
  await sandbox.dispose();
  rmSync(folder, { recursive: true });
}
