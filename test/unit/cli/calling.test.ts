import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const { NODE_OPTIONS: _, ...env } = process.env;
const run = (program: string, words: string[], more: { cwd: string; env?: NodeJS.ProcessEnv }) =>
  promisify(execFile)(program, words, { env, ...more });

let elsewhere: string;
beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'sluice-elsewhere-'));
});
afterAll(() => rm(elsewhere, { recursive: true }));

describe('how sluice is called', () => {
  it('by the file at the root of the checkout, from any folder', async () => {
    const { stdout } = await run(join(root, 'sluice'), ['validate', '--help'], { cwd: elsewhere });

    expect(stdout).toContain('Usage: sluice validate');
  });

  it('by a link on the PATH', async () => {
    await symlink(join(root, 'sluice'), join(elsewhere, 'sluice'));

    const { stdout } = await run('sluice', ['validate', '--help'], {
      cwd: tmpdir(),
      env: { ...env, PATH: `${elsewhere}:${process.env.PATH}` },
    });

    expect(stdout).toContain('Usage: sluice validate');
  });

  it('exits with what the command exits with', async () => {
    await expect(run(join(root, 'sluice'), ['aprove'], { cwd: elsewhere })).rejects.toMatchObject({ code: 2 });
  });

  it('by npx in the checkout, without the registry', async () => {
    const { stdout } = await run('npx', ['--offline', 'sluice', '--version'], { cwd: root });

    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('the package has a name of its own scope and is private, so that nobody else’s is taken for it', async () => {
    const read = async (name: string) => JSON.parse(await readFile(join(root, name), 'utf8'));
    const [own, lock] = await Promise.all([read('package.json'), read('package-lock.json')]);

    expect(own).toMatchObject({ private: true, bin: { sluice: 'cli/sluice.js' } });
    expect(own.name).toMatch(/^@[\w-]+\/sluice$/);
    expect([lock.name, lock.packages[''].name]).toEqual([own.name, own.name]);
  });
});
