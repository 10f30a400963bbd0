import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { formatValues } from '../../adapters/gitops/environment-branch.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import type { SeededService } from '../seeded-service.ts';
import { type BuiltRelease, buildRelease } from './built-release.ts';
import { runCi } from './ci.ts';
import { metricsPath, usualCi } from './ci-files.ts';
import { commitObject } from './git-objects.ts';
import { commitOf, type Editor, type Repository } from './github-store.ts';
import type { Account } from './present-repository.ts';
import { writeFiles } from './tree-files.ts';

export const serviceRepository = 'example/chest-xray-mlops';
export const deployRepository = 'example/chest-xray-mlops-deploy';
export const forkRepository = 'example-fork/chest-xray-mlops';
export const seededImage = '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops';

/** The service of the sandbox's own configuration. */
export const demoService: SeededService = {
  name: 'chest-xray-mlops',
  repository: serviceRepository,
  repositoryId: 412_000_101,
  branch: 'main',
  ci: { ...usualCi, image: seededImage },
  documents: [],
  deploy: {
    repository: deployRepository,
    repositoryId: 412_000_102,
    path: 'chart',
    branches: { blue: 'env/blue', green: 'env/green' },
  },
  forkId: 412_000_103,
};

/** The release that both environments run at the start. */
export const seededLiveVersion = 'v2.0.5';

/** Developers of the service; none of them is an approver. */
export const seededAccounts: readonly Account[] = [
  { login: 'dana', mail: 'dana@example.com' },
  { login: 'emil', mail: 'emil@example.com' },
];

const minute = 60_000;
const day = 24 * 60 * minute;

interface PastCommit {
  readonly ago: number;
  readonly by: Account;
  readonly message: string;
  readonly version?: string;
  readonly file: string;
}

/** The classifier's history, oldest first: what was committed when, and which of it made a version. */
const classifierHistory: readonly PastCommit[] = [
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

/** The same of any other service, of which nobody here knows what it does. */
const historyOf = ({ name }: SeededService): readonly PastCommit[] =>
  name === demoService.name
    ? classifierHistory
    : classifierHistory.map((commit) => {
        if (commit.version !== undefined) return commit;
        const message = commit.message.replace(/: .*?( \(#\d+\))?$/, ': an example of a change$1');
        return { ...commit, message, file: 'src/example.txt' };
      });

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

/** The tree of an environment's branch: the chart in its folder, and the values that change with each release. */
function environmentFiles(
  chart: ReadonlyMap<string, string | Buffer>,
  folder: string,
  release: Pick<BuiltRelease, 'version' | 'image' | 'digest'>,
  environment: EnvironmentName,
): Map<string, string | Buffer> {
  const files = new Map([...chart].map(([path, content]) => [`${folder}/${path}`, content]));
  return files.set(`${folder}/values-release.yaml`, formatValues({ release, environment }));
}

/**
 * Fills GitHub with what is not there yet: each service with three releases and a fork, and in its deploy repository a branch for each
 * environment.
 *
 * @param charts where the chart of each service is.
 */
export async function createSeed(
  charts: readonly { readonly service: SeededService; readonly chartDir: string }[],
): Promise<(editor: Editor) => void> {
  const services = await Promise.all(
    charts.map(async ({ service, chartDir }) => ({ service, chart: await readChart(chartDir) })),
  );
  return (editor) => {
    for (const { service, chart } of services) seedService(editor, service, chart);
  };
}

function seedService(editor: Editor, service: SeededService, chart: ReadonlyMap<string, Buffer>): void {
  const repository = addRepository(editor, service.repositoryId, service.repository, service.branch);
  // An earlier start has made it, and what came after it.
  if (repository.refs.has(`heads/${service.branch}`)) return;
  const releases = seedHistory(editor, repository, service);
  const live = releases.findIndex((one) => one.version === seededLiveVersion);
  seedDeployRepository(editor, service, chart, releases.slice(0, live + 1));
  seedFork(editor, repository, service);
}

/** A repository may be there: two services, or a service and its chart, can share one. */
function addRepository(editor: Editor, id: number, name: string, defaultBranch: string, forkOf?: string): Repository {
  const [owner = '', repository = ''] = name.split('/');
  const row = { id, owner, name: repository, defaultBranch, ...(forkOf ? { forkOf } : {}) };
  return editor.find(name) ?? editor.addRepository(row);
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

function seedHistory(editor: Editor, repository: Repository, service: SeededService): BuiltRelease[] {
  const { ci, branch, documents } = service;
  const releases: BuiltRelease[] = [];
  let parent: string | undefined;
  for (const step of historyOf(service)) {
    const at = editor.now.getTime() - step.ago;
    const files = new Map([[step.file, `${step.message}\n`]]);
    if (parent === undefined) {
      files.set('README.md', `# ${service.name}\n`).set(ci.workflow, 'name: CI\non: push\n');
      for (const path of documents) files.set(path, 'An example of the sandbox.\n');
    }
    if (step.version !== undefined)
      files.set('VERSION', `${step.version}\n`).set(metricsPath, JSON.stringify(ci.metrics));
    parent = commit(editor, repository, { parent, files, message: step.message, by: step.by, at });
    if (step.version === undefined) continue;
    const run = { repository, sha: parent, branch, ci, pusher: step.by.login };
    runCi(editor, { ...run, at: new Date(at + 6 * minute) });
    releases.push(buildRelease(ci.image, step.version, parent));
  }
  if (parent !== undefined) editor.setRef(repository, `heads/${branch}`, parent);
  return releases;
}

function seedDeployRepository(
  editor: Editor,
  { deploy }: SeededService,
  chart: ReadonlyMap<string, Buffer>,
  releases: readonly BuiltRelease[],
): void {
  const repository = addRepository(editor, deploy.repositoryId, deploy.repository, 'main');
  const by = { login: 'sluice', mail: 'sluice@example.com' };
  const at = editor.now.getTime() - 40 * day;
  const readme = new Map([['README.md', 'What runs in each environment, a branch each. Only Sluice writes here.\n']]);
  if (!repository.refs.has('heads/main')) {
    const root = commit(editor, repository, { parent: undefined, files: readme, message: 'chore: start', by, at });
    editor.setRef(repository, 'heads/main', root);
  }
  for (const environment of environmentNames) {
    const branch = `heads/${deploy.branches[environment]}`;
    let parent = repository.refs.get(branch);
    for (const [index, release] of releases.entries()) {
      const files = environmentFiles(chart, deploy.path, release, environment);
      const message = `release: ${release.version} to ${environment}`;
      parent = commit(editor, repository, { parent, files, message, by, at: at + (index + 1) * 10 * day });
    }
    if (parent !== undefined) editor.setRef(repository, branch, parent);
  }
}

function seedFork(editor: Editor, service: Repository, { repository, branch, forkId }: SeededService): void {
  const [owner, name] = repository.split('/');
  const fork = addRepository(editor, forkId, `${owner}-fork/${name}`, branch, repository);
  for (const object of service.objects.values()) editor.putObject(fork, object);
  const head = service.refs.get(`heads/${branch}`);
  if (head === undefined) return;
  const files = new Map([['VERSION', 'v9.9.9\n']]);
  const by = { login: 'mallory', mail: 'mallory@example.net' };
  const message = 'feat: release v9.9.9';
  editor.setRef(
    fork,
    `heads/${branch}`,
    commit(editor, fork, { parent: head, files, message, by, at: editor.now.getTime() - minute }),
  );
}
