import * as z from 'zod';
import { blobObject, commitObject, type Signature } from '../git-objects.ts';
import { commitOf, fullName, type Repository, treeOf } from '../github-store.ts';
import { resolveCommit } from '../history.ts';
import { presentGitCommit } from '../present-commit.ts';
import { nodeId } from '../present-repository.ts';
import { type Call, GitHubError, notFound, parseInput, type Reply, type Route, route } from '../router.ts';
import { listTree, type TreeEdit, writeTree } from '../tree-files.ts';
import { repositoryOf, type World } from '../world.ts';

const NewBlob = z.object({ content: z.string(), encoding: z.enum(['utf-8', 'base64']).default('utf-8') });
const TreeItem = z.object({
  path: z.string(),
  mode: z.enum(['100644', '100755', '040000', '120000', '160000']).default('100644'),
  type: z.enum(['blob', 'tree', 'commit']).optional(),
  sha: z.string().nullable().optional(),
  content: z.string().optional(),
});
const NewTree = z.object({ tree: z.array(TreeItem).min(1), base_tree: z.string().optional() });
const Person = z.object({ name: z.string().min(1), email: z.string().min(1), date: z.string().optional() });
const NewCommit = z.object({
  message: z.string().min(1),
  tree: z.string(),
  parents: z.array(z.string()).default([]),
  author: Person.optional(),
  committer: Person.optional(),
});

/** Blobs, trees and commits of the Git data API. */
export const gitDataRoutes = (world: World): Route[] => [
  route('POST', '/repos/{owner}/{repo}/git/blobs', (call) => createBlob(world, call)),
  route('GET', '/repos/{owner}/{repo}/git/blobs/{sha}', (call) => readBlob(world, call)),
  route('POST', '/repos/{owner}/{repo}/git/trees', (call) => createTree(world, call)),
  route('GET', '/repos/{owner}/{repo}/git/trees/{sha+}', (call) => {
    const repository = repositoryOf(world, call);
    const given = call.params.sha ?? '';
    const commit = resolveCommit(repository, given);
    const sha = (commit && commitOf(repository, commit)?.tree) ?? given;
    if (treeOf(repository, sha) === undefined) throw notFound();
    return { json: presentTree(world.endpoint(), repository, sha, call.query.get('recursive') ? 'recursive' : 'flat') };
  }),
  route('POST', '/repos/{owner}/{repo}/git/commits', (call) => createCommit(world, call)),
  route('GET', '/repos/{owner}/{repo}/git/commits/{sha}', (call) => {
    const repository = repositoryOf(world, call);
    const sha = call.params.sha ?? '';
    const commit = commitOf(repository, sha);
    if (commit === undefined) throw notFound();
    return { json: presentGitCommit(world.endpoint(), repository, sha, commit) };
  }),
];

const gitUrl = (endpoint: string, repository: Repository, kind: string, sha: string): string =>
  `${endpoint}/repos/${fullName(repository.row)}/git/${kind}s/${sha}`;

async function createBlob(world: World, call: Call): Promise<Reply> {
  const repository = repositoryOf(world, call);
  const input = parseInput(NewBlob, call.body);
  const object = blobObject(Buffer.from(input.content, input.encoding === 'base64' ? 'base64' : 'utf8'));
  const sha = await world.store.write((editor) => editor.putObject(repository, object));
  return { status: 201, json: { sha, url: gitUrl(world.endpoint(), repository, 'blob', sha) } };
}

function readBlob(world: World, call: Call): Reply {
  const repository = repositoryOf(world, call);
  const sha = call.params.sha ?? '';
  const object = repository.objects.get(sha);
  if (object?.type !== 'blob') throw notFound();
  const json = {
    sha,
    node_id: nodeId('Blob', sha),
    size: object.content.length,
    url: gitUrl(world.endpoint(), repository, 'blob', sha),
    content: gitHubBase64(object.content),
    encoding: 'base64',
  };
  return { json };
}

/** GitHub breaks base64 after 60 characters. */
export const gitHubBase64 = (content: Buffer): string => content.toString('base64').replace(/.{1,60}/g, '$&\n');

async function createTree(world: World, call: Call): Promise<Reply> {
  const repository = repositoryOf(world, call);
  const input = parseInput(NewTree, call.body);
  const base = input.base_tree && (commitOf(repository, input.base_tree)?.tree ?? input.base_tree);
  if (base && treeOf(repository, base) === undefined) throw notFound();
  for (const item of input.tree) checkTreeItem(repository, item);
  const sha = await world.store.write((editor) => {
    const edits = input.tree.map(({ path, mode, sha: given, content }): TreeEdit => {
      if (given === null) return { path, sha: null };
      return { path, mode, sha: given ?? editor.putObject(repository, blobObject(content ?? '')) };
    });
    return writeTree(editor, repository, base, edits);
  });
  return { status: 201, json: presentTree(world.endpoint(), repository, sha, 'flat') };
}

function checkTreeItem(repository: Repository, item: z.infer<typeof TreeItem>): void {
  const parts = item.path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')) {
    throw new GitHubError(422, 'tree.path contains a malformed path component');
  }
  if (item.sha === undefined && item.content === undefined) {
    throw new GitHubError(422, `Must supply either tree.sha or tree.content for ${item.path}`);
  }
  if (typeof item.sha !== 'string' || item.mode === '160000') return;
  const wanted = item.mode === '040000' ? 'tree' : 'blob';
  if (repository.objects.get(item.sha)?.type !== wanted) {
    throw new GitHubError(422, `tree.sha ${item.sha} is not a valid ${wanted}`);
  }
}

function presentTree(endpoint: string, repository: Repository, sha: string, depth: 'flat' | 'recursive') {
  const paths = listTree(repository, sha).filter((one) => depth === 'recursive' || !one.path.includes('/'));
  const tree = paths.map((one) => {
    const type = one.mode === '040000' ? 'tree' : one.mode === '160000' ? 'commit' : 'blob';
    const size = type === 'blob' ? { size: repository.objects.get(one.sha)?.content.length ?? 0 } : {};
    return {
      path: one.path,
      mode: one.mode,
      type,
      sha: one.sha,
      ...size,
      url: gitUrl(endpoint, repository, type, one.sha),
    };
  });
  return { sha, url: gitUrl(endpoint, repository, 'tree', sha), tree, truncated: false };
}

async function createCommit(world: World, call: Call): Promise<Reply> {
  const repository = repositoryOf(world, call);
  const input = parseInput(NewCommit, call.body);
  if (treeOf(repository, input.tree) === undefined) throw new GitHubError(422, 'Tree SHA does not exist');
  if (input.parents.some((parent) => commitOf(repository, parent) === undefined)) {
    throw new GitHubError(422, 'Parent SHA does not exist or is not a commit object');
  }
  const owner = { name: call.login, email: `${call.login}@users.noreply.github.com` };
  const author = toSignature(input.author ?? input.committer ?? owner);
  const committer = toSignature(input.committer ?? input.author ?? owner);
  const commit = { tree: input.tree, parents: input.parents, author, committer, message: input.message };
  const sha = await world.store.write((editor) => editor.putObject(repository, commitObject(commit)));
  return { status: 201, json: presentGitCommit(world.endpoint(), repository, sha, commit) };
}

function toSignature(person: z.infer<typeof Person>): Signature {
  const at = person.date === undefined ? Date.now() : Date.parse(person.date);
  if (Number.isNaN(at)) throw new GitHubError(422, `Invalid date ${person.date}`);
  const offset = /([+-]\d{2}):?(\d{2})$/.exec(person.date?.slice(10) ?? '');
  return { name: person.name, email: person.email, at, offset: offset ? `${offset[1]}${offset[2]}` : '+0000' };
}
