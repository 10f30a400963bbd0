import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packCli } from '../../../cli/build/pack.ts';
import { type FakeSluice, operationOf, startFakeSluice } from '../cli/support.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const actionlint = join(root, 'node_modules', '@tktco', 'node-actionlint', 'bin', 'node-actionlint.js');
const folder = join(root, '.github', 'workflows');
const files = readdirSync(folder);
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** As much of a workflow as is asked here. */
interface Workflow {
  readonly on: {
    readonly workflow_dispatch?: { readonly inputs: Readonly<Record<string, { readonly default?: unknown }>> };
  };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Job {
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}
interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
const workflowOf = (file: string): Workflow => parse(textOf(file));
const stepsOf = (file: string): readonly Step[] => Object.values(workflowOf(file).jobs).flatMap(({ steps }) => steps);

describe.each(files)('%s', (file) => {
  it('names each action by a commit, and says which version that is', () => {
    const used = [...textOf(file).matchAll(/uses: *(.*)/g)].map(([, action]) => action);

    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('has no more rights than it needs, and a time at which it ends', () => {
    const { permissions, jobs } = workflowOf(file);

    expect(permissions).toEqual(file === 'ci.yml' ? { contents: 'read' } : { 'id-token': 'write' });
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeLessThan(360);
  });

  it('puts nothing that somebody typed into a script', () => {
    for (const { run = '' } of stepsOf(file)) expect(run).not.toContain('${{');
  });
});

describe('actionlint', () => {
  const run = promisify(execFile);
  const lint = (pattern: string) => run(process.execPath, [actionlint, pattern], { cwd: root });

  it('finds nothing', async () => {
    expect((await lint('.github/workflows/*.yml')).stdout).toContain(`Checking ${files.length} workflow`);
  });

  it('would find an input that there is not', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'sluice-actionlint-'));
    const broken = join(elsewhere, 'rollback.yml');
    writeFileSync(broken, textOf('rollback.yml').replace('inputs.emergency && ', 'inputs.emergencey && '));

    await expect(lint(broken)).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('emergencey') });
    rmSync(elsewhere, { recursive: true });
  });
});

describe('what a dispatch asks of Sluice', () => {
  let commandLine: Buffer;
  let sluice: FakeSluice;
  let directory: string;
  let packed: string;
  beforeAll(async () => {
    packed = mkdtempSync(join(tmpdir(), 'sluice-packed-'));
    commandLine = readFileSync(await packCli(packed));
  });
  afterAll(() => rmSync(packed, { recursive: true }));
  beforeEach(async () => {
    sluice = await startFakeSluice();
    sluice.answers.set('GET /download/sluice.tgz', { body: commandLine });
    directory = mkdtempSync(join(tmpdir(), 'sluice-workflow-'));
  });
  afterEach(async () => {
    await sluice.close();
    rmSync(directory, { recursive: true });
  });

  /** Runs the step that calls Sluice as the runner does: a file for `bash -e`, inputs as variables. */
  async function dispatch(file: string, inputs: Readonly<Record<string, string>>) {
    const [step] = stepsOf(file).filter(({ env }) => env?.SLUICE_URL !== undefined);
    if (step?.run === undefined) throw new Error(`${file} does not call Sluice`);
    const given: Record<string, string> = { 'vars.SLUICE_URL': sluice.url };
    for (const [name, { default: usual = '' }] of Object.entries(workflowOf(file).on.workflow_dispatch?.inputs ?? {})) {
      given[`inputs.${name}`] = inputs[name] ?? String(usual);
    }
    const filled = Object.entries(step.env ?? {}).map(([name, value]) => {
      const [, expression = ''] = /^\$\{\{ ([\w.]+) \}\}$/.exec(value) ?? [];
      const known = given[expression];
      if (known === undefined) throw new Error(`${file}: ${name} is ${value}, which no input gives`);
      return [name, known] as const;
    });
    const summary = join(directory, 'summary.md');
    const env = {
      // As setup-node puts it there.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: directory,
      RUNNER_TEMP: directory,
      ...Object.fromEntries(filled),
      GITHUB_STEP_SUMMARY: summary,
      // On AWS the job's own token; this server speaks no TLS.
      SLUICE_TOKEN: 'of-a-test',
    };
    const child = spawn('bash', ['-e', '-c', step.run], { cwd: directory, env });
    const exitCode = await new Promise<number | null>((resolve) => child.on('exit', resolve));
    return { exitCode, asked: sluice.asked, summary: () => readFileSync(summary, 'utf8') };
  }
  const endsAs = (path: string, outcome: 'succeeded' | 'failed', reason: string | null = null) => {
    sluice.answers.set('GET /api/services', { body: { services: [] } });
    sluice.answers.set(`POST ${path}`, { status: 202, body: { operation: 'op1', execution: 'arn:1' } });
    sluice.answers.set('GET /api/operations/op1', { body: operationOf({ state: 'ended', outcome, reason }) });
  };
  const tricky = 'v2.1.0 "hangs" on $(reboot) `x`; exit 0';

  it('starts a hotfix with its justification, as it was typed, and waits for the outcome', async () => {
    endsAs('/api/deployments', 'succeeded');

    const { exitCode, asked, summary } = await dispatch('production-deployment.yml', {
      version: 'v2.1.1',
      deployment_type: 'hotfix',
      justification: tricky,
      service: 'shop',
    });

    expect(exitCode).toBe(0);
    expect(asked.find(({ method }) => method === 'POST')?.body).toEqual({
      service: 'shop',
      version: 'v2.1.1',
      type: 'hotfix',
      justification: tricky,
      liveIsOlder: null,
    });
    expect(summary()).toContain('| Outcome | succeeded |');
  });

  it('fails when the deployment does, and says why in the summary, in which nothing is mark-up', async () => {
    endsAs('/api/deployments', 'failed', 'check <img src=x> | [click](http://evil)');

    const { exitCode, summary } = await dispatch('production-deployment.yml', { version: 'v2.1.0', service: 'shop' });

    expect(exitCode).toBe(4);
    expect(summary()).toContain('| Outcome | failed |');
    expect(summary()).not.toMatch(/<img|\]\(/);
  });

  it.each([
    ['previous_version', 'false', { version: 'last-known-good', emergency: false }],
    ['previous_version', 'true', { version: 'last-known-good', emergency: true }],
    ['emergency_rollback', 'false', { version: 'last-known-good', emergency: true }],
    ['v2.0.5', 'false', { version: 'v2.0.5', emergency: false }],
    ['last-known-good', 'false', { version: 'last-known-good', emergency: false }],
  ])('goes back to %s; emergency: %s', async (rollback_target, emergency, wanted) => {
    endsAs('/api/rollbacks', 'succeeded');
    const inputs = { rollback_target, rollback_reason: tricky, emergency, service: 'shop' };

    const { exitCode, asked } = await dispatch('rollback.yml', inputs);

    expect(exitCode).toBe(0);
    const body = { service: 'shop', reason: tricky, hold: false, ...wanted };
    expect(asked.find(({ method }) => method === 'POST')?.body).toEqual(body);
  });

  it('goes back to the previous version where nobody says otherwise', () => {
    const { rollback_target } = workflowOf('rollback.yml').on.workflow_dispatch?.inputs ?? {};

    expect(rollback_target?.default).toBe('previous_version');
  });

  it('asks nothing where the command line cannot be had', async () => {
    sluice.answers.delete('GET /download/sluice.tgz');

    const { exitCode, asked } = await dispatch('rollback.yml', { rollback_reason: 'x', service: 'shop' });

    expect(exitCode).not.toBe(0);
    expect(asked.map(({ path }) => path)).toEqual(['/download/sluice.tgz']);
  });
});
