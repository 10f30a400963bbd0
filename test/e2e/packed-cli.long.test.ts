import { execFile } from 'node:child_process';
import { access, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationOf, startFakeSluice } from '../unit/cli/support.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
let folder: string;
let tarball: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-packed-'));
  await mkdir(join(folder, 'elsewhere'));
  const { stdout } = await run(process.execPath, [join(root, 'cli/build/pack.ts'), folder], { env: environment() });
  tarball = stdout.trim();
});
afterAll(() => rm(folder, { recursive: true }));

/** Nothing of the checkout: a home, a cache and a folder of its own, and the Node that runs this test first on the PATH. */
const environment = (more: Record<string, string> = {}) => ({
  PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
  HOME: folder,
  npm_config_cache: join(folder, 'cache'),
  npm_config_offline: 'true',
  npm_config_update_notifier: 'false',
  npm_config_yes: 'true',
  ...more,
});

const npx = async (words: readonly string[], env: Record<string, string> = {}) => {
  const options = { cwd: join(folder, 'elsewhere'), env: environment(env) };
  return run('npx', ['--package', tarball, 'sluice', ...words], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
};

describe('the packed command line', () => {
  it('is put where one stands, or into the folder that is named from there', async () => {
    const words = [join(root, 'cli/build/pack.ts')];
    const env = environment({ INIT_CWD: join(folder, 'elsewhere') });

    const here = await run(process.execPath, words, { cwd: root, env });
    const named = await run(process.execPath, [...words, 'out'], { cwd: root, env });

    expect(here.stdout.trim()).toBe(join(folder, 'elsewhere', basename(tarball)));
    expect(named.stdout.trim()).toBe(join(folder, 'elsewhere', 'out', basename(tarball)));
    for (const { stdout } of [here, named]) await access(stdout.trim());
  });

  it('runs outside of a checkout, without a registry, and needs nothing but Node', async () => {
    const { code, stdout, stderr } = await npx(['--version']);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('checks a configuration, asks a server, and answers a shell', async () => {
    await copyFile(join(root, 'test/fixtures/configuration/chest-xray.yaml'), join(folder, 'elsewhere/sluice.yaml'));
    const sluice = await startFakeSluice();
    sluice.answers.set('GET /api/operations/op1', { body: operationOf() });

    const [wrong, roles, asked, offered] = [
      await npx(['validate', '--output', 'json']),
      await npx(['cluster-roles', 'production']),
      await npx(['operation', 'op1'], { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' }),
      await npx(['complete', '--', 'val']),
    ];
    await sluice.close();

    expect(wrong.code).toBe(2);
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      problems: [{ message: expect.stringContaining('fixtures/xray.json') }],
    });
    expect([roles.code, roles.stderr]).toEqual([0, '']);
    expect(roles.stdout).toContain('kind: Role');
    expect(asked.stdout).toContain('deployment of shop v2.1.0');
    expect(offered.stdout).toMatch(/^validate\t/);
  });

  it('writes what a service of one’s own needs, by the files that it brings along', async () => {
    const image = '123456789012.dkr.ecr.us-east-1.amazonaws.com/shop';
    const said = {
      ...{ name: 'shop', repository: 'example/shop', image, host: 'shop.example.com', 'mail-from': 's@example.com' },
      ...{ prometheus: 'https://prometheus.example.com', sluice: 'https://sluice.example.com' },
      ...{ approvers: 'ana@example.com=ana', page: 'https://pager.example.com/' },
    };
    const words = Object.entries(said).flatMap(([name, value]) => [`--${name}`, value]);

    const written = await npx(['init', 'mine', ...words]);
    const valid = await npx(['validate', 'mine/sluice.yaml']);

    expect([written.code, written.stderr]).toEqual([0, '']);
    expect([valid.code, valid.stderr]).toEqual([0, '']);
    expect((await npx(['init', 'mine', ...words])).code).toBe(2);
    await access(join(folder, 'elsewhere/mine/deploy/chart/templates/deployment.yaml'));
    await access(join(folder, 'elsewhere/mine/argocd/applications/shop-green.yaml'));
  });

  it('carries the licenses of what is in it', async () => {
    const { stdout } = await run('tar', ['-xOf', tarball, 'package/NOTICES']);

    for (const name of ['commander', 'zod', 'yaml', '@bomb.sh/tab'])
      expect(stdout).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(stdout).not.toMatch(/^\S+ \S+ \(undefined\)/m);
  });
});
