import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Octokit } from '@octokit/core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { closedAfterwards, startProcess } from '../aws/opened.ts';
import { commitOn, headOf, type SeededGitHub, service, startSeededGitHub, token } from './seeded-github.ts';

let folder: string;
let dataDir: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-github-'));
});
beforeEach(async () => {
  dataDir = await mkdtemp(join(folder, 'of-one-test-'));
});

// What a test started is closed after its `afterEach`, and writes until then.
afterAll(() => rm(folder, { recursive: true }));

async function startChild(): Promise<{ octokit: Octokit; kill: () => Promise<void> }> {
  const script = fileURLToPath(new URL('./github-process.ts', import.meta.url));
  const { endpoint, kill } = await startProcess(script, dataDir);
  return { octokit: new Octokit({ auth: token, baseUrl: endpoint }), kill };
}

const start = (): Promise<SeededGitHub> => closedAfterwards(startSeededGitHub({}, dataDir));

it('keeps what it answered for across kill -9: objects, refs, runs and new ids', async () => {
  const child = await startChild();
  const parent = await headOf(child.octokit, service, 'heads/main');
  const sha = await commitOn(child.octokit, service, parent, { VERSION: 'v2.2.0\n' }, 'feat: release v2.2.0');
  await child.octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...service, ref: 'heads/main', sha });
  const runs = await child.octokit.request('GET /repos/{owner}/{repo}/actions/runs', { ...service, head_sha: sha });

  await child.kill();
  const again = await start();

  const after = await again.octokit.request('GET /repos/{owner}/{repo}/actions/runs', { ...service, head_sha: sha });
  expect(await headOf(again.octokit, service, 'heads/main')).toBe(sha);
  expect(after.data.workflow_runs.map((run) => run.id)).toEqual(runs.data.workflow_runs.map((run) => run.id));
  expect(again.github.releases().map((one) => one.version)).toEqual(['v2.0.4', 'v2.0.5', 'v2.1.0', 'v2.2.0']);
  const next = await again.github.publishRelease({ version: 'v2.3.0' });
  expect(next.runId).toBeGreaterThan(after.data.workflow_runs[0]?.id ?? Number.POSITIVE_INFINITY);
});

it('runs the CI that a crash right after a push had swallowed', async () => {
  const first = await start();
  const published = await first.github.publishRelease({ version: 'v2.2.0' });
  await first.github.close();
  // One line per write: the last one is the CI run, the one before it the push.
  const journal = join(dataDir, 'github.journal');
  const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n');
  await writeFile(journal, `${lines.slice(0, -1).join('\n')}\n`);

  const again = await start();

  expect(await headOf(again.octokit, service, 'heads/main')).toBe(published.sha);
  expect(again.github.payloadOf(published.sha).workflow_run.conclusion).toBe('success');
  expect(again.github.releases().at(-1)).toMatchObject({ version: 'v2.2.0', digest: published.digest });
});

it('forgets a write that was cut off in the middle, and nothing before it', async () => {
  const first = await start();
  const head = await headOf(first.octokit, service, 'heads/main');
  await first.github.close();
  await appendFile(join(dataDir, 'github.journal'), '{"half":');

  const again = await start();

  expect(await headOf(again.octokit, service, 'heads/main')).toBe(head);
});
