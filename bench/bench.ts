import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fenceAnnotation, parseFence } from '../contracts/fence.ts';
import { type Pipeline, pipelineOf } from '../test/support/pipeline.ts';
import { watchObjects } from '../test/support/recorder/watch-objects.ts';
import { startSandboxProcess } from '../test/support/sandbox-process.ts';
import { trafficClient } from '../test/support/traffic-client.ts';
import { until } from '../test/support/until.ts';
import { line } from './statistics.ts';

const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '20' },
    alerts: { type: 'string', default: '20' },
    deployments: { type: 'string', default: '10' },
  },
});

/** `npm start` to ready: the whole process, on empty data and on data that is there. */
async function starts(count: number): Promise<string[]> {
  const fresh: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < count; round++) {
    const began = performance.now();
    const sandbox = await startSandboxProcess();
    fresh.push(performance.now() - began);
    await sandbox.kill();
    const restarted = performance.now();
    await sandbox.killAndRestart();
    again.push(performance.now() - restarted);
    await sandbox.dispose();
  }
  return [
    line('start to ready, empty data directory', fresh, 'ms', '≤ 3000 ms'),
    line('start to ready, data of an earlier run', again, 'ms', '≤ 3000 ms'),
  ];
}

/** What is wrong in the moment of an alert. */
interface Trouble {
  readonly name: string;
  readonly begin: (pipeline: Pipeline) => Promise<void>;
  /** How many alerts about the target come at once. */
  readonly alerts: number;
}

const nothing: Trouble = { name: 'alert', begin: async () => undefined, alerts: 1 };
const storm: Trouble = { ...nothing, name: 'alert in a storm of 1,000', alerts: 1_000 };
const withoutDatabase: Trouble = {
  name: 'alert without the database',
  alerts: 1,
  begin: async (pipeline) => {
    // The slower kind of unreachable: nobody says that nobody is there.
    await pipeline.dependency({ dependency: 'dynamodb', fault: 'hang' });
  },
};
/** The deployment's next weight is on its way, and will arrive after the alert. */
const inFlight: Trouble = {
  name: 'alert with a weight in flight',
  alerts: 1,
  begin: async (pipeline) => {
    const match = '^PATCH .*/virtualservices/';
    await pipeline.dependency({ dependency: 'kubernetes', fault: 'slow', delayMs: 3_000, match, times: 1 });
    await until('the next weight is on its way', 20_000, async () => {
      const kubernetes = (await pipeline.dependencies()).find(({ dependency }) => dependency === 'kubernetes');
      return kubernetes?.spoilt === 1;
    });
  },
};

const routes = '/apis/networking.istio.io/v1/namespaces/production/virtualservices';
let alerted = 0;

/** From sending the alert to the last answer of the target at the router, under load in the middle of a shift. */
async function alerts(
  pipeline: Pipeline,
  sandbox: Awaited<ReturnType<typeof startSandboxProcess>>,
  { count, trouble }: { count: number; trouble: Trouble },
): Promise<number[]> {
  const measured: number[] = [];
  const ask = trafficClient(sandbox.ready.traffic, sandbox.ready.host);
  for (let round = 1; round <= count; round++) {
    alerted += 1;
    const version = `v3.0.${alerted}`;
    const target = (await pipeline.service()).active === 'blue' ? 'green' : 'blue';
    const id = await pipeline.begin(version);
    await pipeline.weightReached(target, 25);
    await trouble.begin(pipeline);

    const sent = performance.now();
    let last = sent;
    let quiet = 0;
    const startsAt = new Date().toISOString();
    const wanted = Array.from({ length: trouble.alerts }, (_, index) => ({
      labels: { environment: target },
      fingerprint: `${version}-${index}`,
      startsAt,
    }));
    const answer = pipeline.alerts(wanted);
    while (quiet < 300) {
      const { environment } = await ask();
      if (environment === target) {
        last = performance.now();
        quiet = 0;
      } else quiet += 1;
    }
    await pipeline.heal();
    if ((await answer).status !== 202) throw new Error('The alert was not accepted.');
    measured.push(last - sent);
    const ended = await pipeline.ended(id);
    if (ended.outcome !== 'rolled-back') throw new Error(`Round ${round} ended ${ended.outcome}: ${ended.reason}`);
    process.stdout.write(`  ${trouble.name} ${round}: ${(last - sent).toFixed(0)} ms\n`);
  }
  return measured;
}

/** From sending an alert about the origin in the middle of a shift, while DynamoDB does not answer, to the pause on the route. */
async function pauses(
  pipeline: Pipeline,
  sandbox: Awaited<ReturnType<typeof startSandboxProcess>>,
  count: number,
): Promise<number[]> {
  const measured: number[] = [];
  let paused: (() => void) | null = null;
  const watch = await watchObjects(sandbox.ready.kubeconfig, routes, ({ metadata }) => {
    if (parseFence(metadata.annotations?.[fenceAnnotation])?.paused !== undefined) paused?.();
  });
  for (let round = 1; round <= count; round++) {
    alerted += 1;
    const { active: origin } = await pipeline.service();
    const id = await pipeline.begin(`v3.0.${alerted}`);
    await pipeline.weightReached(origin === 'blue' ? 'green' : 'blue', 25);
    await withoutDatabase.begin(pipeline);

    const { promise, resolve } = Promise.withResolvers<void>();
    paused = resolve;
    const sent = performance.now();
    const alert = {
      labels: { environment: origin },
      fingerprint: `pause-${alerted}`,
      startsAt: new Date().toISOString(),
    };
    const answer = pipeline.alerts([alert]);
    await promise;
    measured.push(performance.now() - sent);
    paused = null;
    await pipeline.heal();
    await answer;
    await pipeline.alerts([{ ...alert, status: 'resolved' }]);
    process.stdout.write(`  pause without the database ${round}: ${measured.at(-1)?.toFixed(0)} ms\n`);
    await pipeline.post(`/api/operations/${id}/abort`, { reason: 'measured' });
    await pipeline.settled(id);
  }
  watch.close();
  return measured;
}

const residentMegabytes = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
};

const report: string[] = [];
if (Number(values.starts) > 0) report.push(...(await starts(Number(values.starts))));

const sandbox = await startSandboxProcess();
try {
  const pipeline = pipelineOf(sandbox);
  if (Number(values.deployments) > 0) {
    const lasted: number[] = [];
    for (let round = 1; round <= Number(values.deployments); round++) {
      const began = performance.now();
      const ended = await pipeline.ended(await pipeline.begin(`v2.2.${round}`), 180_000);
      if (ended.outcome !== 'succeeded') throw new Error(`Deployment ${round} ended ${ended.outcome}: ${ended.reason}`);
      lasted.push((performance.now() - began) / 1000);
      process.stdout.write(`  deployment ${round}: ${lasted.at(-1)?.toFixed(1)} s\n`);
    }
    report.push(line('a deployment, webhook to outcome', lasted, 's', 'none'));
    const resident = await residentMegabytes(sandbox.ready.pid);
    report.push(
      `${`resident memory after ${lasted.length} deployments`.padEnd(52)} ${resident.toFixed(0)} MB (target ≤ 400 MB)`,
    );
    const load = await pipeline.load();
    report.push(`${'requests of the load meanwhile'.padEnd(52)} ${load?.sent} sent, ${load?.failed} failed`);
  }
  if (Number(values.alerts) > 0) {
    const count = Number(values.alerts);
    const measured = await alerts(pipeline, sandbox, { count, trouble: nothing });
    report.push(line('alert sent → last answer of the target', measured, 'ms', 'p95 ≤ 300 ms'));
    const busy = await alerts(pipeline, sandbox, { count, trouble: inFlight });
    report.push(line('the same, with a weight of the deployment in flight', busy, 'ms', 'p95 ≤ 500 ms'));
    const many = await alerts(pipeline, sandbox, { count, trouble: storm });
    report.push(line('the same, in a storm of 1,000 alerts', many, 'ms', 'p95 ≤ 500 ms'));
    const alone = await alerts(pipeline, sandbox, { count, trouble: withoutDatabase });
    report.push(line('the same, while DynamoDB does not answer', alone, 'ms', '≤ 1500 ms'));
    const paused = await pauses(pipeline, sandbox, count);
    report.push(line('alert about the origin → pause on the route, the same', paused, 'ms', '≤ 1500 ms'));
  }
} finally {
  await sandbox.dispose();
}
process.stdout.write(`\n${report.join('\n')}\n`);
