import { posix } from 'node:path';
import { commitOf, fullName, type Repository, treeOf } from '../github-store.ts';
import { newestFirst, reachable, resolveCommit } from '../history.ts';
import { presentCommit, presentComparison, presentFiles } from '../present-commit.ts';
import { presentRepository } from '../present-repository.ts';
import { commitsOfPull, pullRequestNumbered, pullRequestsOf } from '../pull-requests.ts';
import { type Call, GitHubError, notFound, page, type Reply, type Route, route } from '../router.ts';
import { findPath, type TreePath } from '../tree-files.ts';
import { idOf, repositoryOf, type World } from '../world.ts';
import { gitHubBase64 } from './git-data.ts';

/** Repositories, commits, comparisons and file contents, read only. */
export const commitRoutes = (world: World): Route[] => [
  route('GET', '/repos/{owner}/{repo}', (call) => ({
    json: presentRepository(world.endpoint(), repositoryOf(world, call).row),
  })),
  route('GET', '/repos/{owner}/{repo}/commits', (call) => listCommits(world, call)),
  route('GET', '/repos/{owner}/{repo}/commits/{ref+}/pulls', (call) => {
    const repository = repositoryOf(world, call);
    const sha = commitNamed(repository, call.params.ref ?? '');
    const { items, headers } = page(pullRequestsOf(world, repository, sha), call, world.endpoint());
    return { headers, json: items };
  }),
  route('GET', '/repos/{owner}/{repo}/pulls/{number}', (call) => {
    const found = pullRequestNumbered(world, repositoryOf(world, call), idOf(call, 'number'));
    if (found === undefined) throw notFound();
    return { json: found };
  }),
  route('GET', '/repos/{owner}/{repo}/pulls/{number}/commits', (call) => {
    const repository = repositoryOf(world, call);
    const shas = commitsOfPull(repository, idOf(call, 'number'));
    if (shas === undefined) throw notFound();
    const { items, headers } = page(shas, call, world.endpoint());
    return { headers, json: items.map((sha) => presentCommit(world.endpoint(), repository, world.accounts, sha)) };
  }),
  route('GET', '/repos/{owner}/{repo}/compare/{basehead+}', (call) => compare(world, call)),
  route('GET', '/repos/{owner}/{repo}/contents/{path+}', (call) => contents(world, call, call.params.path ?? '')),
  route('GET', '/repos/{owner}/{repo}/contents/?', (call) => contents(world, call, '')),
];

/** Apart from the others since its pattern also matches their paths: it must come after every `/commits/{ref}/…`. */
export const singleCommitRoute = (world: World): Route =>
  route('GET', '/repos/{owner}/{repo}/commits/{ref+}', (call) => {
    const repository = repositoryOf(world, call);
    const sha = commitNamed(repository, call.params.ref ?? '');
    const files = presentFiles(world.endpoint(), repository, commitOf(repository, sha)?.parents[0], sha);
    return { json: { ...presentCommit(world.endpoint(), repository, world.accounts, sha), files } };
  });

/** @throws GitHubError 422 for a name that names no commit, in GitHub's words. */
export function commitNamed(repository: Repository, name: string): string {
  const sha = resolveCommit(repository, name);
  if (sha === undefined) throw new GitHubError(422, `No commit found for SHA: ${name}`);
  return sha;
}

function listCommits(world: World, call: Call): Reply {
  const repository = repositoryOf(world, call);
  const start = resolveCommit(repository, call.query.get('sha') ?? `heads/${repository.row.defaultBranch}`);
  if (start === undefined) throw notFound();
  const { items, headers } = page(newestFirst(repository, reachable(repository, start)), call, world.endpoint());
  return { headers, json: items.map((sha) => presentCommit(world.endpoint(), repository, world.accounts, sha)) };
}

function compare(world: World, call: Call): Reply {
  const repository = repositoryOf(world, call);
  const [base, head] = (call.params.basehead ?? '').split('...').map((name) => resolveCommit(repository, name));
  if (base === undefined || head === undefined) throw notFound();
  const json = presentComparison(world.endpoint(), repository, world.accounts, base, head);
  if (json === undefined) throw new GitHubError(404, `No common ancestor between ${base} and ${head}.`);
  if (!call.query.has('page') && !call.query.has('per_page'))
    return { json: { ...json, commits: json.commits.slice(0, 250) } };
  // The files are on the first page only.
  const { items, headers } = page(json.commits, call, world.endpoint());
  const files = (call.query.get('page') ?? '1') === '1' ? json.files : [];
  return { headers, json: { ...json, commits: items, files } };
}

function contents(world: World, call: Call, path: string): Reply {
  const repository = repositoryOf(world, call);
  const ref = call.query.get('ref') ?? repository.row.defaultBranch;
  const sha = resolveCommit(repository, ref);
  if (sha === undefined) throw new GitHubError(404, `No commit found for the ref ${ref}`);
  const found = findPath(repository, commitOf(repository, sha)?.tree ?? '', path);
  if (found === undefined) throw notFound();
  const entries = treeOf(repository, found.sha);
  if (entries === undefined) {
    const content = gitHubBase64(repository.objects.get(found.sha)?.content ?? Buffer.alloc(0));
    return { json: { ...presentContent(world, repository, ref, found), content, encoding: 'base64' } };
  }
  const inside = entries.map((entry) => ({ ...entry, path: posix.join(path, entry.name) }));
  return { json: inside.map((entry) => presentContent(world, repository, ref, entry)) };
}

function presentContent(world: World, repository: Repository, ref: string, at: TreePath) {
  const name = fullName(repository.row);
  const folder = at.mode === '040000';
  const self = `${world.endpoint()}/repos/${name}/contents/${encodeURI(at.path)}?ref=${encodeURIComponent(ref)}`;
  const git = `${world.endpoint()}/repos/${name}/git/${folder ? 'trees' : 'blobs'}/${at.sha}`;
  return {
    type: folder ? 'dir' : 'file',
    name: posix.basename(at.path),
    path: at.path,
    sha: at.sha,
    size: folder ? 0 : (repository.objects.get(at.sha)?.content.length ?? 0),
    url: self,
    git_url: git,
    html_url: `${world.endpoint()}/${name}/${folder ? 'tree' : 'blob'}/${ref}/${at.path}`,
    download_url: null,
    _links: { self, git, html: `${world.endpoint()}/${name}/blob/${ref}/${at.path}` },
  };
}
