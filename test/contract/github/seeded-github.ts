import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Octokit } from '@octokit/core';
import {
  createSeed,
  demoService,
  seededAccounts,
  seededImage,
  serviceRepository,
} from '../../../sandbox/github/seed.ts';
import {
  type CiOptions,
  type GitHubOptions,
  type GitHubStandIn,
  startGitHub,
} from '../../../sandbox/github/start-github.ts';
import { readsEverything } from '../../../sandbox/github/token-rights.ts';

export const service = { owner: 'example', repo: 'chest-xray-mlops' };
export const deploy = { owner: 'example', repo: 'chest-xray-mlops-deploy' };
export const token = 'ghp_sandbox';
/** May write nothing. */
export const readerToken = 'ghp_reader';

export interface SeededGitHub {
  readonly dataDir: string;
  readonly github: GitHubStandIn;
  readonly octokit: Octokit;
  close(): Promise<void>;
  /** Closes it and removes its data. */
  remove(): Promise<void>;
}

/** Tokens of other kinds, by what is odd about them. */
export const oddTokens = {
  classic: { token: 'ghp_classic', scopes: ['read:org', 'repo'] },
  classicReader: { token: 'ghp_classic_reader', scopes: [] },
  withoutReviews: {
    token: 'github_pat_reviews',
    permissions: { contents: 'read', actions: 'read', deployments: 'read' },
  },
  writer: {
    token: 'github_pat_writer',
    permissions: { ...readsEverything, contents: 'write', deployments: 'write' },
  },
} as const;

/** The stand-in as the sandbox starts it, with a small chart in place of the real one. */
export async function startSeededGitHub(
  ci: Partial<CiOptions> = {},
  existing?: string,
  more: Partial<Pick<GitHubOptions, 'apps' | 'now'>> = {},
): Promise<SeededGitHub> {
  const dataDir = existing ?? (await mkdtemp(join(tmpdir(), 'sluice-github-')));
  const chartDir = join(dataDir, 'service-chart');
  await mkdir(join(chartDir, 'templates'), { recursive: true });
  await writeFile(join(chartDir, 'Chart.yaml'), 'name: service\n');
  await writeFile(join(chartDir, 'templates', 'deployment.yaml'), 'kind: Deployment\n');
  const github = await startGitHub({
    port: 0,
    dataDir,
    tokens: [token],
    readers: [readerToken],
    limited: Object.values(oddTokens),
    accounts: seededAccounts,
    ci: [{ repository: serviceRepository, branch: 'main', image: seededImage, ...ci }],
    seed: await createSeed([{ service: demoService, chartDir }]),
    ...more,
  });
  return {
    dataDir,
    github,
    octokit: new Octokit({ auth: token, baseUrl: github.endpoint, log: silent }),
    close: () => github.close(),
    remove: async () => {
      await github.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

const nothing = (): void => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The commit that a branch or tag is at. */
export async function headOf(octokit: Octokit, where: typeof service, ref: string): Promise<string> {
  const answer = await octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...where, ref });
  return answer.data.object.sha;
}

/** Commits files on top of `parent` through the Git data API, as an adapter does. */
export async function commitOn(
  octokit: Octokit,
  where: typeof service,
  parent: string,
  files: Readonly<Record<string, string | null>>,
  message = 'chore: test',
): Promise<string> {
  const tree = Object.entries(files).map(([path, content]) => {
    const entry = { path, mode: '100644' as const, type: 'blob' as const };
    return content === null ? { ...entry, sha: null } : { ...entry, content };
  });
  const made = await octokit.request('POST /repos/{owner}/{repo}/git/trees', { ...where, base_tree: parent, tree });
  const commit = { ...where, message, tree: made.data.sha, parents: [parent] };
  return (await octokit.request('POST /repos/{owner}/{repo}/git/commits', commit)).data.sha;
}
