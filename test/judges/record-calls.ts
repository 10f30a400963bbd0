import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finish, type Observed, startObserved } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';
import type { Exchange } from './exchanges.ts';

const root = join(import.meta.dirname, '..', '..');
const service = 'chest-xray-mlops';

/** Tests of adapters: what is asked is ours, what is answered is often a test's invention. */
const adapterTests = ['test/contract/adapters/*.test.ts', 'test/unit/adapters/store/*.test.ts'];
/** Tests of stand-ins by the services' own clients: what is answered is the stand-in's, what is asked is often wrong on purpose. */
const standInTests = [
  'test/contract/aws/*.test.ts',
  'test/contract/github/*.test.ts',
  'test/contract/stepfunctions/*.test.ts',
];
/** Answers by a test of its own, on purpose with codes of other services. */
const inventsAnswers = 'test/contract/aws/passing-errors.test.ts';

/** Everything that AWS and GitHub are asked and answer, in a scenario on a whole sandbox and in the contract tests. */
export async function recordCalls(): Promise<Exchange[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-exchanges-'));
  try {
    const files = ['adapters', 'stand-ins', 'sandbox'].map((name) => join(folder, `${name}.jsonl`));
    const [adapters = '', standIns = '', sandbox = ''] = files;
    await recordTests(adapters, adapterTests);
    await recordTests(standIns, standInTests, inventsAnswers);
    await recordSandbox(sandbox);
    return [...read(adapters, ['request']), ...read(standIns, ['answer']), ...read(sandbox, ['request', 'answer'])];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const read = (file: string, judged: Exchange['judged']): Exchange[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ ...JSON.parse(line), judged }));

/** @throws {Error} with Vitest's output when one of them fails: then it has not asked for everything. */
async function recordTests(file: string, patterns: readonly string[], except?: string): Promise<void> {
  const tests = globSync([...patterns], { cwd: root }).filter((test) => test !== except);
  const words = ['run', '--project', 'fast', '--maxWorkers', '2', ...tests];
  const recorder = join(import.meta.dirname, 'record-exchanges.mjs');
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_OPTIONS: `--import ${recorder}`,
      SLUICE_RECORD_EXCHANGES: file,
      // The report is of the run that judges.
      SLUICE_TEST_REPORT: '',
    },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The tests that are recorded did not pass:\n${printed.slice(-4000)}`);
}

/** A release that an alert returns, one that goes in, a page, a planned rollback, a plan, and what people hold and freeze. */
async function recordSandbox(file: string): Promise<void> {
  process.env.SLUICE_RECORD_EXCHANGES = file;
  const observed = await startObserved(...configured({ ...quick, 'traffic.interval': '5s' })).finally(() => {
    delete process.env.SLUICE_RECORD_EXCHANGES;
  });
  try {
    await play(observed);
  } catch (error) {
    await observed.recorder.close();
    await observed.sandbox.dispose();
    throw error;
  }
  await finish(observed);
}

async function play({ pipeline, sandbox }: Observed): Promise<void> {
  const returned = await pipeline.begin('v6.0.1');
  await pipeline.weightReached('green', 50);
  await pipeline.alert({ environment: 'green' });
  await pipeline.ended(returned);
  await pipeline.returns();
  await pipeline.lockFree();
  await pipeline.release('v6.0.2');
  await pipeline.api(`/api/services/${service}/plan?version=v6.0.2`);
  await pipeline.deploy('v6.0.2');
  // An alert that names no environment, with neither side bad, pages the on-call.
  await pipeline.alert({}, 'firing', new Date().toISOString());
  await until('the on-call is paged', patienceMs, async () => {
    const store = await (await fetch(`${sandbox.ready.endpoints.sns}/store`)).text();
    return store.includes('compared') ? store : null;
  });
  await pipeline.lockFree();
  const steer = (path: string, body: object) => pipeline.post(`/api/services/${service}/${path}`, body);
  await steer('freeze', { reason: 'a look' });
  await steer('unfreeze', { reason: 'seen' });
  await steer('holds', { version: 'v6.0.1', reason: 'a look' });
  await steer('holds/release', { version: 'v6.0.1', reason: 'seen' });
  const asked = { service, version: 'last-known-good', reason: 'a drill', emergency: true };
  const { body } = await pipeline.post('/api/rollbacks', asked);
  await pipeline.settled(String(body.operation));
}
