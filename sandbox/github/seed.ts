import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { formatValues } from '../../adapters/gitops/environment-branch.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { type BuiltRelease, buildRelease } from './built-release.ts';
import { runCi } from './ci.ts';
import { goodMetrics, metricsPath, workflowPath } from './ci-files.ts';
import { commitObject } from './git-objects.ts';
import { commitOf, type Editor, type Repository } from './github-store.ts';
import type { Account } from './present-repository.ts';
import { writeFiles } from './tree-files.ts';

export const serviceRepository = 'example/chest-xray-mlops';
export const deployRepository = 'example/chest-xray-mlops-deploy';
export const forkRepository = 'example-fork/chest-xray-mlops';
export const seededImage = '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops';
/** The release that both environments run at the start. */
export const seededLiveVersion = 'v2.0.5';

/** Developers of the service; none of them is an approver. */
export const seededAccounts: readonly Account[] = [
  { login: 'dana', mail: 'dana@example.com' },
  { login: 'emil', mail: 'emil@example.com' },
];

const minute = 60_000;
const day = 24 * 60 * minute;

/** The service's history, oldest first: what was committed when, and which of it made a version. */
const history: readonly { ago: number; by: Account; message: string; version?: string; file: string }[] = [
  { ago: 40 * day, by: account('dana'), message: 'feat: serve the chest X-ray classifier', file: 'service/app.py' },
  {
    ago: 31 * day,
    by: account('emil'),
    message: 'fix: reject images that are no radiographs (#41)',
    file: 'service/input.py',
  },
  { ago: 30 * day, by: account('emil'), message: 'chore: release v2.0.4', version: 'v2.0.4', file: 'CHANGELOG.md' },
  {
    ago: 12 * day,
    by: account('dana'),
    message: 'fix: answer /health before the model is warm (#44)',
    file: 'service/health.py',
  },
  { ago: 11 * day, by: account('dana'), message: 'chore: release v2.0.5', version: 'v2.0.5', file: 'CHANGELOG.md' },
  {
    ago: 2 * day,
    by: account('emil'),
    message: 'feat: second reading of doubtful images (#47)',
    file: 'service/second_reading.py',
  },
  { ago: 20 * minute, by: account('dana'), message: 'feat: release v2.1.0', version: 'v2.1.0', file: 'CHANGELOG.md' },
];

function account(login: string): Account {
  const found = seededAccounts.find((one) => one.login === login);
  if (found === undefined) throw new Error(`No seeded account ${login}`);
  return found;
}

/** The files of the chart in `dir` by their path within it. @throws Error naming the folder when it is not there. */
export async function readChart(dir: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw new Error(`Cannot read the chart in ${dir}: the deploy repository is seeded from it`, { cause });
  });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = paths
    .sort()
    .map(async (path) => [relative(dir, path).split(sep).join('/'), await readFile(path)] as const);
  return new Map(await Promise.all(read));
}

/** The whole tree of an environment's branch: the chart, and the values that change with each release. */
export function environmentFiles(
  chart: ReadonlyMap<string, string | Buffer>,
  release: Pick<BuiltRelease, 'version' | 'image' | 'digest'>,
  environment: EnvironmentName,
): Map<string, string | Buffer> {
  const files = new Map([...chart].map(([path, content]) => [`chart/${path}`, content]));
  return files.set('chart/values-release.yaml', formatValues({ release, environment }));
}

/** Fills an empty GitHub: the service with three releases, its deploy repository with an env/ branch for each environment, a fork. */
export async function createSeed(options: { chartDir: string }): Promise<(editor: Editor) => void> {
  const chart = await readChart(options.chartDir);
  return (editor) => {
    const service = addRepository(editor, 412_000_101, serviceRepository);
    const releases = seedHistory(editor, service);
    const live = releases.findIndex((one) => one.version === seededLiveVersion);
    seedDeployRepository(editor, chart, releases.slice(0, live + 1));
    seedFork(editor, service);
  };
}

function addRepository(editor: Editor, id: number, name: string, forkOf?: string): Repository {
  const [owner = '', repository = ''] = name.split('/');
  return editor.addRepository({ id, owner, name: repository, defaultBranch: 'main', ...(forkOf ? { forkOf } : {}) });
}

interface NewCommit {
  readonly parent: string | undefined;
  readonly files: ReadonlyMap<string, string | Buffer>;
  readonly message: string;
  readonly by: Account;
  readonly at: number;
}

function commit(editor: Editor, repository: Repository, given: NewCommit): string {
  const base = given.parent && commitOf(repository, given.parent)?.tree;
  const tree = writeFiles(editor, repository, base, given.files);
  const who = { name: given.by.login, email: given.by.mail, at: given.at, offset: '+0000' };
  const parents = given.parent === undefined ? [] : [given.parent];
  return editor.putObject(
    repository,
    commitObject({ tree, parents, author: who, committer: who, message: given.message }),
  );
}

function seedHistory(editor: Editor, repository: Repository): BuiltRelease[] {
  const releases: BuiltRelease[] = [];
  let parent: string | undefined;
  for (const step of history) {
    const at = editor.now.getTime() - step.ago;
    const files = new Map([[step.file, `${step.message}\n`]]);
    if (parent === undefined) files.set('README.md', '# chest-xray-mlops\n').set(workflowPath, 'name: CI\non: push\n');
    if (step.version !== undefined)
      files.set('VERSION', `${step.version}\n`).set(metricsPath, JSON.stringify(goodMetrics));
    parent = commit(editor, repository, { parent, files, message: step.message, by: step.by, at });
    if (step.version === undefined) continue;
    const ci = {
      repository,
      sha: parent,
      branch: 'main',
      image: seededImage,
      pusher: step.by.login,
    };
    runCi(editor, { ...ci, at: new Date(at + 6 * minute) });
    releases.push(buildRelease(seededImage, step.version, parent));
  }
  if (parent !== undefined) editor.setRef(repository, 'heads/main', parent);
  return releases;
}

function seedDeployRepository(
  editor: Editor,
  chart: ReadonlyMap<string, Buffer>,
  releases: readonly BuiltRelease[],
): void {
  const repository = addRepository(editor, 412_000_102, deployRepository);
  const by = { login: 'sluice', mail: 'sluice@example.com' };
  const at = editor.now.getTime() - 40 * day;
  const readme = new Map([['README.md', 'What runs in each environment, a branch each. Only Sluice writes here.\n']]);
  const root = commit(editor, repository, { parent: undefined, files: readme, message: 'chore: start', by, at });
  editor.setRef(repository, 'heads/main', root);
  for (const environment of environmentNames) {
    let parent: string | undefined;
    for (const [index, release] of releases.entries()) {
      const files = environmentFiles(chart, release, environment);
      const message = `release: ${release.version} to ${environment}`;
      parent = commit(editor, repository, { parent, files, message, by, at: at + (index + 1) * 10 * day });
    }
    if (parent !== undefined) editor.setRef(repository, `heads/env/${environment}`, parent);
  }
}

function seedFork(editor: Editor, service: Repository): void {
  const fork = addRepository(editor, 412_000_103, forkRepository, serviceRepository);
  for (const object of service.objects.values()) editor.putObject(fork, object);
  const head = service.refs.get('heads/main');
  if (head === undefined) return;
  const files = new Map([['VERSION', 'v9.9.9\n']]);
  const by = { login: 'mallory', mail: 'mallory@example.net' };
  const message = 'feat: release v9.9.9';
  editor.setRef(
    fork,
    'heads/main',
    commit(editor, fork, { parent: head, files, message, by, at: editor.now.getTime() - minute }),
  );
}
