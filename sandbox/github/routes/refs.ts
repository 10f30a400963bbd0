import * as z from 'zod';
import { commitOf, fullName, type Repository } from '../github-store.ts';
import { isFastForward } from '../history.ts';
import { nodeId } from '../present-repository.ts';
import { type Call, GitHubError, notFound, page, parseInput, type Reply, type Route, route } from '../router.ts';
import { repositoryOf, type World } from '../world.ts';

const NewRef = z.object({ ref: z.string(), sha: z.string() });
const RefUpdate = z.object({ sha: z.string(), force: z.boolean().default(false) });

/** Branches and tags as refs. Tags are lightweight: they point at commits. */
export const refRoutes = (world: World): Route[] => [
  route('GET', '/repos/{owner}/{repo}/git/ref/{ref+}', (call) => {
    const repository = repositoryOf(world, call);
    const sha = repository.refs.get(call.params.ref ?? '');
    if (sha === undefined) throw notFound();
    return { json: presentRef(world.endpoint(), repository, call.params.ref ?? '', sha) };
  }),
  route('GET', '/repos/{owner}/{repo}/git/matching-refs/{ref+}', (call) => {
    const repository = repositoryOf(world, call);
    const found = [...repository.refs].filter(([name]) => name.startsWith(call.params.ref ?? '')).sort();
    const { items, headers } = page(found, call, world.endpoint());
    return { headers, json: items.map(([name, sha]) => presentRef(world.endpoint(), repository, name, sha)) };
  }),
  route('POST', '/repos/{owner}/{repo}/git/refs', (call) => createRef(world, call)),
  route('PATCH', '/repos/{owner}/{repo}/git/refs/{ref+}', (call) => updateRef(world, call)),
  route('DELETE', '/repos/{owner}/{repo}/git/refs/{ref+}', async (call) => {
    const repository = repositoryOf(world, call);
    const name = call.params.ref ?? '';
    if (!repository.refs.has(name)) throw new GitHubError(422, 'Reference does not exist');
    await world.store.write((editor) => editor.setRef(repository, name, null));
    return { status: 204 };
  }),
  route('GET', '/repos/{owner}/{repo}/branches/{branch+}', (call) => {
    const repository = repositoryOf(world, call);
    const sha = repository.refs.get(`heads/${call.params.branch}`);
    if (sha === undefined) throw new GitHubError(404, 'Branch not found');
    const url = `${world.endpoint()}/repos/${fullName(repository.row)}/commits/${sha}`;
    return { json: { name: call.params.branch, commit: { sha, url }, protected: false } };
  }),
];

function presentRef(endpoint: string, repository: Repository, name: string, sha: string) {
  const url = `${endpoint}/repos/${fullName(repository.row)}/git`;
  return {
    ref: `refs/${name}`,
    node_id: nodeId('Ref', `${fullName(repository.row)}/${name}`),
    url: `${url}/refs/${name}`,
    object: { type: 'commit', sha, url: `${url}/commits/${sha}` },
  };
}

async function createRef(world: World, call: Call): Promise<Reply> {
  const repository = repositoryOf(world, call);
  const { ref, sha } = parseInput(NewRef, call.body);
  const name = ref.replace(/^refs\//, '');
  if (name === ref || !/^[^/]+\/.+$/.test(name)) {
    throw new GitHubError(422, "Reference name must start with 'refs/' and contain at least two slashes.");
  }
  if (repository.refs.has(name)) throw new GitHubError(422, 'Reference already exists');
  if (commitOf(repository, sha) === undefined) throw new GitHubError(422, 'Object does not exist');
  await move(world, repository, name, sha, call.login);
  return { status: 201, json: presentRef(world.endpoint(), repository, name, sha) };
}

async function updateRef(world: World, call: Call): Promise<Reply> {
  const repository = repositoryOf(world, call);
  const { sha, force } = parseInput(RefUpdate, call.body);
  const name = call.params.ref ?? '';
  const current = repository.refs.get(name);
  if (current === undefined) throw new GitHubError(422, 'Reference does not exist');
  if (commitOf(repository, sha) === undefined) throw new GitHubError(422, 'Object does not exist');
  if (!force && !isFastForward(repository, current, sha)) throw new GitHubError(422, 'Update is not a fast forward');
  if (current !== sha) await move(world, repository, name, sha, call.login);
  return { json: presentRef(world.endpoint(), repository, name, sha) };
}

async function move(world: World, repository: Repository, name: string, sha: string, pusher: string): Promise<void> {
  await world.store.write((editor) => editor.setRef(repository, name, sha));
  if (name.startsWith('heads/')) await world.onPush(repository, name.slice('heads/'.length), sha, pusher);
}
