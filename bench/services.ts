import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { type Operation, pipelineOf, type WorkflowRunPayload } from '../test/support/pipeline.ts';
import { startSandboxProcess } from '../test/support/sandbox-process.ts';
import { trafficClient } from '../test/support/traffic-client.ts';
import { until } from '../test/support/until.ts';
import { line } from './statistics.ts';

const { values } = parseArgs({ options: { services: { type: 'string', default: '20' } } });
const version = 'v2.2.0';
const approver = 'ben@example.com';
const longest = 30 * 60_000;

/** The web shop of sandbox/several.yaml, so many times. */
async function configurationOf(count: number): Promise<string> {
  const written = parse(await readFile(join(import.meta.dirname, '..', 'sandbox', 'several.yaml'), 'utf8'));
  const shop = JSON.stringify(written.services[1]).replaceAll('shop.example.com', 'web-shop.example.com');
  const services = Array.from({ length: count }, (_, index) => JSON.parse(shop.replaceAll('web-shop', `web-${index}`)));
  return stringify({ ...written, services });
}

interface Measured {
  readonly memoryMiB: number;
  readonly deployments: readonly number[];
  readonly outcomes: ReadonlyMap<string, number>;
  readonly api: readonly number[];
  readonly traffic: readonly number[];
  /** Requests of either kind that had no answer. */
  readonly failed: readonly string[];
  /** Requests to DynamoDB by those who deploy, for each service. */
  readonly database: number;
}

/** Lets so many services deploy at once, and asks the API and the router all the while. */
async function measure(count: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-services-'));
  const calls = join(folder, 'calls.jsonl');
  process.env.SLUICE_RECORD_AWS_CALLS = calls;
  await writeFile(join(folder, 'sluice.yaml'), await configurationOf(count));
  await writeFile(calls, '');
  const sandbox = await startSandboxProcess('--config', join(folder, 'sluice.yaml'));
  try {
    const { ready } = sandbox;
    const pipeline = pipelineOf(sandbox);
    const post = <T>(path: string, body: object, user = 'ana@example.com') =>
      pipeline.api<T>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'x-sluice-user': user } });
    const built = [];
    for (const service of Object.keys(ready.hosts)) {
      built.push(await post<{ workflowRunPayload: WorkflowRunPayload }>('/api/sandbox/releases', { service, version }));
    }
    await writeFile(calls, '');

    // Seldom, so that who waits is not what is measured.
    const reached = (id: string, fits: (operation: Operation) => boolean) =>
      until(
        `operation ${id} is there`,
        longest,
        async () => {
          const operation = await pipeline.operation(id).catch(() => null);
          return operation !== null && fits(operation) ? operation : null;
        },
        1_000,
      );
    const deploy = async (payload: WorkflowRunPayload) => {
      const began = performance.now();
      const answer = await pipeline.deliver(payload);
      const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
      await reached(operation, ({ state }) => state === 'awaiting-approval');
      await pipeline.approveSignedIn(operation, version, approver);
      const { outcome, reason } = await reached(operation, (seen) => seen.outcome !== null);
      if (outcome !== 'succeeded') console.log(`  ${operation} ${outcome}: ${reason}`);
      return { outcome: String(outcome), took: (performance.now() - began) / 1_000 };
    };
    const samples = { api: [] as number[], traffic: [] as number[], failed: [] as string[] };
    const ask = trafficClient(ready.traffic, Object.values(ready.hosts)[0] ?? '');
    let over = false;
    const watching = (async () => {
      while (!over) {
        for (const [name, asked] of [
          ['api', () => pipeline.api('/api/services')],
          ['traffic', ask],
        ] as const) {
          const began = performance.now();
          // A sandbox that has too much to do answers late, or 503.
          const answered = await asked().then(
            () => true,
            () => false,
          );
          if (answered) samples[name].push(performance.now() - began);
          else samples.failed.push(name);
        }
        await pause(250);
      }
    })();
    const ended = await Promise.all(built.map(({ workflowRunPayload }) => deploy(workflowRunPayload)));
    over = true;
    await watching;

    const outcomes = Map.groupBy(ended, ({ outcome }) => outcome);
    const status = await readFile(`/proc/${ready.pid}/status`, 'utf8');
    return {
      memoryMiB: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1_024,
      deployments: ended.map(({ took }) => took),
      outcomes: new Map([...outcomes].map(([outcome, some]) => [outcome, some.length])),
      ...samples,
      database: (await databaseCalls(calls)) / count,
    };
  } finally {
    await sandbox.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Without what looks at all services by the clock or for the API: that is once for each look. */
async function databaseCalls(file: string): Promise<number> {
  const made = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((text) => text.includes('"service":"dynamodb"'))
    .map((text) => JSON.parse(text) as { id: string | null; accessKeyId: string }); // as record-aws-calls.mjs writes it
  const own = made.filter(({ accessKeyId }) => !/GUARDIAN|WATCH|APIREAD/.test(accessKeyId));
  return new Set(own.map(({ id }) => id)).size;
}

for (const count of [1, Number(values.services)]) {
  const { memoryMiB, deployments, outcomes, api, traffic, failed, database } = await measure(count);
  const ends = [...outcomes].map(([outcome, some]) => `${some} ${outcome}`).join(', ');
  console.log(`${count} service${count === 1 ? '' : 's'} deployed at once: ${ends}`);
  console.log(line('  webhook to end', deployments, 's', 'none'));
  console.log(line('  GET /api/services meanwhile', api, 'ms', 'none'));
  console.log(line('  a request through the router meanwhile', traffic, 'ms', 'none'));
  if (failed.length > 0)
    console.log(`  without an answer meanwhile: ${failed.length} (${[...new Set(failed)].join(', ')})`);
  console.log(
    `  most memory: ${memoryMiB.toFixed(0)} MiB; requests to DynamoDB for each deployment: ${database.toFixed(0)}`,
  );
}
