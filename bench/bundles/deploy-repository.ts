import { formatValues, valuesFile } from '../../adapters/gitops/environment-branch.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { blobObject, commitObject, type GitObject, objectId, treeObject } from '../../sandbox/github/git-objects.ts';
import { configuration, releases, startedAt } from './deployment.ts';

const { gitops, environments } = configuration;

/** The chart as it stands on an environment's branch, by the paths in its folder. */
export const chartOn = (environment: EnvironmentName): ReadonlyMap<string, string> =>
  new Map([
    ['Chart.yaml', 'apiVersion: v2\nname: service\nversion: 1.0.0\n'],
    [valuesFile, formatValues({ release: releases[environment], environment })],
  ]);

const named = (object: GitObject) => ({ sha: objectId(object), object });

/** One commit on a branch, of nothing but the chart. */
function branchOf(environment: EnvironmentName) {
  const files = [...chartOn(environment)].map(([name, text]) => ({ name, ...named(blobObject(text)) }));
  const folder = named(treeObject(files.map(({ name, sha }) => ({ name, mode: '100644', sha }))));
  const root = named(treeObject([{ name: gitops.path, mode: '040000', sha: folder.sha }]));
  const sluice = { name: 'sluice', email: 'sluice@example.com', at: Date.parse(startedAt), offset: '+0000' };
  const message = `release: ${releases[environment].version} to ${environment}`;
  const written = { tree: root.sha, parents: [], author: sluice, committer: sluice, message };
  const { sha: commit } = named(commitObject(written));
  return { branch: environments[environment].branch, files, folder: folder.sha, tree: root.sha, commit, message };
}

const branches = { blue: branchOf('blue'), green: branchOf('green') };

/** The commit at the head of an environment's branch. */
export const headOf = (environment: EnvironmentName): string => branches[environment].commit;

/** GitHub's answer about the repository, null when it has no such thing; undefined when that is no question about it. */
export function readDeployRepository(path: string): object | null | undefined {
  const prefix = `/repos/${gitops.repository}/`;
  if (!path.startsWith(prefix)) return undefined;
  const [, kind, name = ''] =
    /^(commits|git\/ref|git\/commits|git\/trees|git\/blobs)\/([^?]+)/.exec(path.slice(prefix.length)) ?? [];
  const wanted = decodeURIComponent(name);
  const all = environmentNames.map((environment) => branches[environment]);
  const found = all.find(({ branch, tree, commit }) => [branch, `heads/${branch}`, tree, commit].includes(wanted));
  switch (kind) {
    case 'git/ref':
      return found === undefined
        ? null
        : { ref: `refs/heads/${found.branch}`, object: { type: 'commit', sha: found.commit } };
    case 'git/commits':
      return found === undefined
        ? null
        : { sha: found.commit, message: found.message, tree: { sha: found.tree }, parents: [] };
    case 'commits':
      return found === undefined
        ? null
        : { sha: found.commit, commit: { message: found.message, tree: { sha: found.tree } }, parents: [] };
    case 'git/trees': {
      const chart = all.find(({ folder }) => folder === wanted);
      if (chart !== undefined) {
        const entries = chart.files.map(({ name: path, sha }) => ({ path, mode: '100644', type: 'blob', sha }));
        return { sha: wanted, tree: entries, truncated: false };
      }
      if (found === undefined) return null;
      const folder = { path: gitops.path, mode: '040000', type: 'tree', sha: found.folder };
      const files = found.files.map(({ name: file, sha, object }) => ({
        ...{ path: `${gitops.path}/${file}`, mode: '100644', type: 'blob', sha, size: object.content.length },
      }));
      return { sha: found.tree, tree: [folder, ...files], truncated: false };
    }
    case 'git/blobs': {
      const file = all.flatMap(({ files }) => files).find(({ sha }) => sha === wanted);
      if (file === undefined) return null;
      const { content } = file.object;
      return { sha: file.sha, size: content.length, content: content.toString('base64'), encoding: 'base64' };
    }
    default:
      return undefined;
  }
}
