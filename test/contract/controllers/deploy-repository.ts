import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createSeed, demoService, deployRepository } from '../../../sandbox/github/seed.ts';
import { startGitHub } from '../../../sandbox/github/start-github.ts';

/** A GitHub with the seeded deploy repository, and a way to commit to it. */
export interface DeployRepository {
  endpoint: string;
  token: string;
  /** Commits a whole tree (path → content) on top of a branch, which it makes if need be; returns the commit. */
  commit(branch: string, files: Record<string, string>): Promise<string>;
  head(branch: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function startDeployRepository(): Promise<DeployRepository> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-github-'));
  const token = 'token-of-the-test';
  const seed = await createSeed([{ service: demoService, chartDir: resolve('charts/service') }]);
  const github = await startGitHub({ port: 0, dataDir, tokens: [token], seed });

  const call = async <T>(method: string, path: string, body?: object): Promise<T | undefined> => {
    const answer = await fetch(`${github.endpoint}/repos/${deployRepository}/git/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    // GitHub's answers have the fields that are read below.
    return (await answer.json()) as T;
  };
  const headOf = async (branch: string): Promise<string | undefined> =>
    (await call<{ object: { sha: string } }>('GET', `ref/heads/${branch}`))?.object.sha;

  return {
    endpoint: github.endpoint,
    token,
    async head(branch) {
      const sha = await headOf(branch);
      if (sha === undefined) throw new Error(`there is no branch ${branch}`);
      return sha;
    },
    async commit(branch, files) {
      const parent = await headOf(branch);
      const entries = Object.entries(files).map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }));
      const tree = await call<{ sha: string }>('POST', 'trees', { tree: entries });
      const parents = parent === undefined ? [] : [parent];
      const made = await call<{ sha: string }>('POST', 'commits', { message: 'a test', tree: tree?.sha, parents });
      const sha = made?.sha ?? '';
      if (parent === undefined) await call('POST', 'refs', { ref: `refs/heads/${branch}`, sha });
      else await call('PATCH', `refs/heads/${branch}`, { sha });
      return sha;
    },
    async close() {
      await github.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
