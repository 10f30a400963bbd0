import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { metricsSchema } from '../../contracts/api/metrics.ts';
import { planSchema } from '../../contracts/api/plan.ts';
import { tableName } from '../../sandbox/install.ts';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

const root = join(import.meta.dirname, '..', '..');
const { sandbox, pipeline } = observedSandbox(
  ...configured({ ...quick, 'traffic.steps': [5, 50, 100], 'traffic.interval': '3s' }),
);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sluice` as somebody and waits for its end. */
const sluice = (...words: string[]): Promise<Ended> => interrupted(null, ...words);

/** Runs it and presses Ctrl-C as soon as stdout has this pattern; null: never. */
async function interrupted(at: RegExp | null, ...words: string[]): Promise<Ended> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const readyFile = join(sandbox.dataDir, 'ready.json');
  const child = spawn(process.execPath, ['cli/sluice.js', ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, SLUICE_READY_FILE: readyFile, SLUICE_SERVICE: 'chest-xray-mlops', SLUICE_USER: 'ana@example.com' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    if (at?.test(stdout)) child.kill('SIGINT');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('sluice, the command', () => {
  beforeEach(() => pipeline.toRest());

  it('plans a deployment that goes ahead, and one that would be refused, and starts neither', async () => {
    await pipeline.release('v2.7.0');
    const before = await pipeline.operations();

    const planned = await sluice('plan', '--version', 'v2.7.0', '--output', 'json');
    const refused = await sluice('deploy', '--version', 'v9.9.9', '--dry-run');

    expect(planned).toMatchObject({ code: 0, stderr: '' });
    const plan = planSchema.parse(JSON.parse(planned.stdout));
    expect(plan).toMatchObject({
      refusals: [],
      unknown: [expect.stringContaining('the rights in the cluster')],
      live: { environment: (await pipeline.service()).active },
    });
    expect(plan.checks.filter(({ result }) => result !== 'pass')).toEqual([]);
    expect(plan.traffic).toMatchObject({ known: 'measured' });
    expect(plan.subject?.diffs.map(({ title }) => title)).toEqual(['Chart and values', 'Rendered manifests']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/^sluice: WouldBeRefused: .*has no tag v9\.9\.9/);
    expect(await pipeline.operations()).toEqual(before);
  });

  /** The deployment that brought what serves now; made when there is none, since no test depends on another. */
  async function liveDeployment(): Promise<string> {
    const { active, environments } = await pipeline.service();
    const known = (await pipeline.operations()).find(
      ({ kind, outcome, release }) =>
        kind === 'deployment' && outcome === 'succeeded' && release?.version === environments[active].version,
    );
    if (known !== undefined) return known.id;
    await pipeline.release('v2.2.0');
    const { id, outcome } = await pipeline.deploy('v2.2.0');
    expect(outcome).toBe('succeeded');
    await pipeline.lockFree();
    return id;
  }
  /** The environments by what they do now. */
  async function sides() {
    const { active, environments } = await pipeline.service();
    const standby = active === 'blue' ? 'green' : 'blue';
    return { active, standby, environments } as const;
  }

  it('delivers a CI run, approves as two people and watches the release to its end', async () => {
    expect(await sluice('sandbox', 'fire-webhook', '--version', 'v2.1.0')).toMatchObject({ code: 0 });
    const { id: deployment } = await pipeline.firstOperation();
    await pipeline.inState(deployment, 'awaiting-approval');

    const wrong = await sluice('approve', deployment, '--version', 'v2.1.1');
    const first = await sluice('approve', deployment, '--version', 'v2.1.0');
    const second = await sluice('approve', deployment, '--version', 'v2.1.0', '--as', 'cleo@example.com');
    expect([wrong.code, first.code, second.code]).toEqual([2, 0, 0]);

    const stopped = await interrupted(/green (5|50) %/, 'operation', deployment, '--watch');
    const watched = await sluice('operation', deployment, '--watch');

    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`sluice operation ${deployment} --watch`);
    expect(watched.code).toBe(0);
    expect(watched.stdout).toContain('succeeded');
  });

  it('shows the state of the service as JSON for scripts', async () => {
    const { code, stdout } = await sluice('status', '--output', 'json');

    expect(code).toBe(0);
    const { environments } = await pipeline.service();
    expect(stdout).toContain(`"${environments.blue.version}"`);
    expect(JSON.parse(stdout)).toBeTruthy();
  });

  it('tells from its records how releases come in, and lists what was done, as far as the records go', async () => {
    const id = await liveDeployment();

    const [metrics, report, listed, exported] = [
      await sluice('metrics', '--since', '1d', '--output', 'json'),
      await sluice('report', '--month', new Date().toISOString().slice(0, 7)),
      await sluice('operations', '--since', '1d', '--outcome', 'succeeded', '--limit', '500', '--output', 'json'),
      await sluice('audit', 'export', '--since', '1d', '--action', 'set-weight'),
    ];

    expect([metrics, report, listed, exported].map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const { all } = metricsSchema.parse(JSON.parse(metrics.stdout));
    expect(all.deployments.outcomes.succeeded).toBeGreaterThan(0);
    expect(all.leadTime?.median).toBeGreaterThan(0);
    expect(Object.keys(all.phases)).toEqual(
      expect.arrayContaining(['awaiting-approval', 'syncing', 'shifting-traffic', 'baking']),
    );
    expect(report.stdout).toContain(`| ${id} |`);
    const { operations } = JSON.parse(listed.stdout) as { operations: { id: string }[] };
    expect(operations.map((one) => one.id)).toContain(id);
    const entries = exported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { operation: string; action: string });
    expect(entries.some(({ operation }) => operation === id)).toBe(true);
    expect(entries.every(({ action }) => action === 'set-weight')).toBe(true);
    const scraped = await fetch(`${sandbox.ready.console}/metrics`, {
      headers: { authorization: `Bearer ${sandbox.ready.secrets.apiToken}` },
    });
    expect(await scraped.text()).toContain('sluice_deployments{');
  });

  it('proves the audit of the deployment', async () => {
    const proven = await sluice('audit', 'verify', await liveDeployment());

    expect(proven).toMatchObject({ code: 0, stdout: expect.stringMatching(/intact and complete/) });
    // The head of its chain, in S3 under Object Lock.
    expect(proven.stdout).toMatch(/anchored at entry \d+ in sluice-audit-/);
  });

  it('moves half of the traffic by hand, and back; refuses by a rule what makes no sense', async () => {
    await liveDeployment();
    const { active, standby } = await sides();
    const half = (from: string, to: string) => ['--from-env', from, '--to-env', to, '--percentage', '50'];
    const split = await sluice('switch-traffic', ...half(active, standby));
    expect(split).toMatchObject({ code: 0 });
    expect(split.stdout).toContain('blue 50 %, green 50 %');
    const [, back = ''] = /Send it back now: sluice (.*)/.exec(split.stdout) ?? [];
    expect((await pipeline.service()).environments).toMatchObject({ blue: { weight: 50 }, green: { weight: 50 } });

    const sentBack = await sluice(...back.split(' '));
    const refused = await sluice('switch-traffic', '--reason', 'comparing latencies', ...half(standby, active));

    expect(sentBack).toMatchObject({ code: 0 });
    expect((await pipeline.service()).environments[active].weight).toBe(100);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/^sluice: (WriteConflict|LockHeld): /);
  });

  it('lists what came in and why it started something or did not', async () => {
    await pipeline.deliver((await pipeline.release('v2.3.0')).workflowRunPayload);
    expect((await sluice('sandbox', 'fire-alert', '--environment', 'blue', '--severity', 'warning')).code).toBe(3);

    const { code, stdout } = await sluice('deliveries', '--output', 'json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout).deliveries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ source: 'github', accepted: 'started' }),
        expect.objectContaining({
          source: 'alertmanager',
          accepted: 'ignored',
          reason: expect.stringContaining('warning'),
        }),
      ]),
    );
  });

  it('returns the traffic in an emergency, after which the release is on hold and refused by name', async () => {
    await liveDeployment();
    const { active, standby, environments } = await sides();
    const bad = environments[active].version ?? '';
    const rescued = await sluice(
      'rollback',
      '--version',
      'last-known-good',
      '--reason',
      'wrong findings',
      '--emergency',
    );
    expect(rescued.code).toBe(0);
    const service = await pipeline.service();
    const { version } = environments[standby];
    expect(service).toMatchObject({ active: standby, environments: { [standby]: { weight: 100, version } } });
    expect(service.holds.map((hold) => hold.version)).toEqual([bad]);

    const again = await sluice('deploy', '--version', bad);

    expect(again.code).toBe(4);
    expect(again.stdout + again.stderr).toContain('on hold');
  });

  it('releases the hold, after which the version may ask for approvals again; one rejection ends it', async () => {
    // Only what Sluice has seen can be held.
    await pipeline.deliver((await pipeline.release('v2.4.0')).workflowRunPayload);
    await pipeline.linksOf('v2.4.0', ['ana@example.com']);
    await pipeline.toRest();
    const version = ['--version', 'v2.4.0'];
    expect((await sluice('hold', ...version, '--reason', 'wrong findings')).code).toBe(0);
    const released = await sluice('release-hold', ...version, '--reason', 'the findings were right');
    expect(released.code).toBe(0);
    const { operation } = JSON.parse((await sluice('deploy', ...version, '--no-wait', '-o', 'json')).stdout);
    await pipeline.inState(operation, 'awaiting-approval');

    const stranger = await sluice('reject', ...version, '--reason', 'no', '--as', 'emil@example.com');
    const rejected = await sluice('reject', ...version, '--reason', 'not today', '--as', 'cleo@example.com');
    const watched = await sluice('operation', operation, '--watch');

    expect([stranger.code, rejected.code, watched.code]).toEqual([3, 0, 4]);
    expect(stranger.stderr).toContain('NotAllowed');
    expect(watched.stderr).toMatch(/^sluice: rejected: .*not today/);
    expect(await sluice('audit', 'verify', operation)).toMatchObject({ code: 0 });
  });

  it('freezes, holds and lifts both, unlocks what is free: each once, each told, and all of that is in the audit of the service', async () => {
    await liveDeployment();
    const { active, environments } = await sides();
    const version = ['--version', environments[active].version ?? ''];
    const hands = [['freeze'], ['unfreeze'], ['hold', ...version], ['release-hold', ...version]];
    const before = JSON.parse((await sluice('audit', 'verify', '-o', 'json')).stdout).count;
    for (const words of hands) {
      const first = await sluice(...words, '--reason', 'audit on Friday');
      const second = JSON.parse((await sluice(...words, '--reason', 'once more', '--output', 'json')).stdout);

      expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('No traffic was moved: ') });
      expect(second).toMatchObject({ did: [], digests: [] });
    }
    const unlocked = await sluice('unlock', '--reason', 'by mistake');

    const proof = JSON.parse((await sluice('audit', 'verify', '--output', 'json')).stdout);

    expect(unlocked).toMatchObject({ code: 0, stdout: expect.stringContaining('There was nothing to do.') });
    const actions = proof.entries
      .slice(before)
      .map(({ action, actor }: Record<string, string>) => `${action} ${actor}`);
    expect(actions).toEqual(
      ['freeze', 'unfreeze', 'hold-release', 'release-hold'].flatMap((action) =>
        Array(2).fill(`${action} ana@example.com`),
      ),
    );
    expect(proof.onRecord).toBe(proof.count);
  });

  it('notices when the end of an audit was deleted, which a shorter chain alone would not show', async () => {
    const deployment = await liveDeployment();
    const { endpoints, aws } = sandbox.ready;
    const table = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: aws.region, credentials: aws });
    const { entries } = JSON.parse((await sluice('audit', 'verify', deployment, '-o', 'json')).stdout);
    const key = { pk: { S: `AUDIT#${deployment}` }, sk: { S: `AUDIT#${String(entries.length).padStart(8, '0')}` } };
    const taken = await table.send(new DeleteItemCommand({ TableName: tableName, Key: key, ReturnValues: 'ALL_OLD' }));

    const cut = await sluice('audit', 'verify', deployment);
    await table.send(new PutItemCommand({ TableName: tableName, Item: taken.Attributes }));
    const whole = await sluice('audit', 'verify', deployment);
    table.destroy();

    expect(cut.code).toBe(4);
    expect(cut.stderr).toContain(`Entry ${entries.length} of ${deployment} is missing`);
    expect(whole.code).toBe(0);
  });

  it('prints a patch that kubectl takes, and that moves all the traffic at once', async () => {
    const { active, standby } = await sides();
    const printed = await sluice(
      'break-glass',
      '--to',
      standby,
      '--offline',
      '--kubeconfig',
      sandbox.ready.kubeconfig,
      '-o',
      'json',
    );
    expect(printed.code).toBe(0);

    const kubectl = spawn(await layerBinary('kubectl'), JSON.parse(printed.stdout).arguments);
    const [code] = await once(kubectl, 'exit');

    expect(code).toBe(0);
    expect((await pipeline.service()).environments).toMatchObject({
      [active]: { weight: 0 },
      [standby]: { weight: 100 },
    });
  });

  it('aborts what waits for approval, and cannot abort what has ended', async () => {
    await sluice('sandbox', 'fire-webhook', '--version', 'v2.5.0', '--build');
    const { id } = await until('it is at work', patienceMs, async () =>
      (await pipeline.operations()).find(({ outcome }) => outcome === null),
    );
    await pipeline.inState(id, 'awaiting-approval');

    const aborted = await sluice('abort', id, '--reason', 'the wrong version');
    const twice = await sluice('abort', id, '--reason', 'the wrong version');

    expect(aborted.code).toBe(0);
    expect((await pipeline.operation(id)).outcome).toBe('aborted');
    expect(twice.code).toBe(3);
  });

  it('rehearses a rescue while DynamoDB and GitHub are away, and reports what came of it', async () => {
    const before = (await pipeline.service()).active;
    const drill = await sluice('drill', '--dependency', 'dynamodb', 'github', '--for', '2s', '--output', 'json');

    // Its exit code also says how fast this machine was: that is for benchmarks.
    expect(drill.stderr).toContain('All dependencies are back.');
    const report = JSON.parse(drill.stdout);
    expect(report).toMatchObject({ dependencies: ['dynamodb', 'github'], outcome: 'rolled-back', load: { failed: 0 } });
    expect(report.rollback.outcome).toBe('succeeded');
    // A number: the traffic was back before the two were healed.
    expect(report.trafficBackMs).toEqual(expect.any(Number));
    expect(report.spoilt.dynamodb).toBeGreaterThan(0);
    expect((await pipeline.service()).active).toBe(before);
    expect((await pipeline.dependencies()).every(({ fault }) => fault === null)).toBe(true);
  });

  it('names every problem of a configuration with its line and path, and exits with 2', async () => {
    const file = join(sandbox.dataDir, 'wrong.yaml');
    await writeFile(file, 'mail: { from: nobody }\nservices:\n  - name: Not A Label\n    repository: one-word\n');

    const { code, stderr } = await sluice('validate', file);

    expect(code).toBe(2);
    expect(stderr).toContain(`${file}:1: mail.from:`);
    expect(stderr).toContain(`${file}:3: services[0].name:`);
    expect(stderr).toContain(`${file}:4: services[0].repository:`);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('says with its exit code what went wrong: usage 2, somebody who is not in people 3, not reachable 5', async () => {
    const usage = await sluice('rollback', '--reason', 'no version');
    const unreachable = await sluice('status', '--url', 'http://127.0.0.1:9', '--token', 'anything');
    const wrongKey = await sluice('status', '--url', sandbox.ready.console, '--token', 'not-the-right-one');

    const stranger = await sluice('freeze', '--reason', 'a look', '--as', 'mallory@example.com');

    expect([usage.code, stranger.code, unreachable.code]).toEqual([2, 3, 5]);
    expect(stranger.stderr).toContain('NotAllowed: mallory@example.com is not among people of sluice.yaml');
    expect(wrongKey.code).not.toBe(0);
    expect(wrongKey.stderr).not.toContain('not-the-right-one');
  });
});
