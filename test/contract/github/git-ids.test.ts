import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, type SeededGitHub, startSeededGitHub } from './seeded-github.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;
if (!hasGit) console.warn('git is not on the PATH: object ids are not compared with its own');

(hasGit ? describe : describe.skip)('object ids are those that git computes', () => {
  let world: SeededGitHub;
  let folder: string;

  beforeAll(async () => {
    world = await startSeededGitHub();
    folder = await mkdtemp(join(tmpdir(), 'sluice-git-'));
  });

  afterAll(async () => {
    await world.remove();
    await rm(folder, { recursive: true });
  });

  const environment = {
    PATH: process.env.PATH,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_AUTHOR_NAME: 'Ana',
    GIT_AUTHOR_EMAIL: 'ana@example.com',
    GIT_AUTHOR_DATE: '2026-11-20T12:00:00+02:00',
    GIT_COMMITTER_NAME: 'Sluice',
    GIT_COMMITTER_EMAIL: 'sluice@example.com',
    GIT_COMMITTER_DATE: '2026-11-20T10:00:05Z',
  };
  const git = (...parameters: string[]): string =>
    execFileSync('git', parameters, { cwd: folder, env: environment, encoding: 'utf8' }).trim();

  it('for blobs, trees whose folders sort among files, executables, and commits with a parent', async () => {
    // "lib" the folder sorts after "lib.ts" and "lib-x", since Git compares it as "lib/".
    const files = { 'lib.ts': 'a', 'lib-x': 'b', 'lib/z': 'c', 'lib/a/b': 'd', 'größe.txt': 'ü', run: '#!/bin/sh\n' };
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    await chmod(join(folder, 'run'), 0o755);
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '-m', 'first');
    git('commit', '--quiet', '--allow-empty', '-m', 'second\n\nwith a body');
    const author = { name: 'Ana', email: 'ana@example.com', date: environment.GIT_AUTHOR_DATE };
    const committer = { name: 'Sluice', email: 'sluice@example.com', date: environment.GIT_COMMITTER_DATE };

    const tree = Object.entries(files).map(([path, content]) => ({
      path,
      mode: path === 'run' ? ('100755' as const) : ('100644' as const),
      type: 'blob' as const,
      content,
    }));
    const made = await world.octokit.request('POST /repos/{owner}/{repo}/git/trees', { ...deploy, tree });
    const commit = async (message: string, parents: string[]): Promise<string> => {
      const given = { ...deploy, message, tree: made.data.sha, parents, author, committer };
      return (await world.octokit.request('POST /repos/{owner}/{repo}/git/commits', given)).data.sha;
    };
    const first = await commit('first\n', []);
    const second = await commit('second\n\nwith a body\n', [first]);

    expect(made.data.tree.find((entry) => entry.path === 'lib.ts')?.sha).toBe(git('hash-object', 'lib.ts'));
    expect(made.data.sha).toBe(git('rev-parse', 'HEAD^{tree}'));
    expect([first, second]).toEqual([git('rev-parse', 'HEAD~1'), git('rev-parse', 'HEAD')]);
  });
});
