import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const { prepare } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-hooks-'));
  cpSync(join(root, '.githooks'), join(folder, '.githooks'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An environment without whatever git and CI say to this test. */
const clean = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
const git = (...words: string[]) =>
  spawnSync('git', words, { cwd: folder, env: clean, encoding: 'utf8' }).stdout.trimEnd();
const hooksPath = () => git('config', 'core.hooksPath');

/** The script as npm runs it: with the name of its own command, and arguments at the end. */
function run(npmCommand: string, options: { words?: string; env?: Record<string, string> } = {}) {
  const script = `${prepare} ${options.words ?? ''}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    ...{ cwd: folder, env: { ...clean, npm_command: npmCommand, ...options.env }, encoding: 'utf8' },
  });
  return { status, printed: `${stdout}${stderr}`.trim() };
}

describe('npm run prepare', () => {
  beforeEach(() => {
    git('init');
  });

  it.each(['run', 'run-script'])('turns the pre-push hook on and off (npm calls itself %s)', (npmCommand) => {
    expect(run(npmCommand)).toMatchObject({ status: 0, printed: expect.stringMatching(/^On: /) });
    expect(hooksPath()).toBe('.githooks');
    expect(run(npmCommand)).toMatchObject({ status: 0, printed: expect.stringMatching(/is on already/) });

    expect(run(npmCommand, { words: '--off' })).toMatchObject({ status: 0, printed: expect.stringMatching(/^Off: /) });
    expect(hooksPath()).toBe('');
  });

  it('leaves the hooks of somebody else alone', () => {
    git('config', 'core.hooksPath', 'mine');

    expect(run('run')).toMatchObject({ status: 0, printed: expect.stringContaining('core.hooksPath is mine already') });
    expect(run('run', { words: '--off' }).status).toBe(0);
    expect(hooksPath()).toBe('mine');
  });

  it('turns no hook off that stands in .git/hooks', () => {
    writeFileSync(join(folder, '.git', 'hooks', 'commit-msg'), '#!/bin/sh\n');

    expect(run('run')).toMatchObject({ status: 0, printed: expect.stringContaining('has commit-msg') });
    expect(hooksPath()).toBe('');
  });

  it('does nothing in CI', () => {
    expect(run('run', { env: { CI: 'true' } })).toEqual({ status: 0, printed: 'In CI there are no hooks.' });
    expect(hooksPath()).toBe('');
  });

  it.each(['ci', 'install', 'pack', ''])(
    'is not even started by npm %s, where its file may be missing',
    (npmCommand) => {
      rmSync(join(folder, '.githooks'), { recursive: true });

      expect(run(npmCommand)).toEqual({ status: 0, printed: '' });
      expect(hooksPath()).toBe('');
    },
  );
});

it('npm run prepare changes nothing outside of a git checkout, or within another one', () => {
  expect(run('run')).toMatchObject({ status: 0, printed: expect.stringContaining('no git checkout') });

  const outer = folder;
  git('init');
  mkdirSync(join(outer, 'inner'));
  cpSync(join(root, '.githooks'), join(outer, 'inner', '.githooks'), { recursive: true });
  folder = join(outer, 'inner');
  try {
    expect(run('run')).toMatchObject({ status: 0, printed: expect.stringContaining('no git checkout') });
    expect(hooksPath()).toBe('');
  } finally {
    folder = outer;
  }
});

it('the hook is one that git can run', () => {
  expect(statSync(join(root, '.githooks', 'pre-push')).mode & 0o111).toBe(0o111);
});
