import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { ServiceAnswer, ServiceRequest } from '../aws/listener.ts';
import { gitHttpBackend } from './git-http-backend.ts';
import type { GitHubStore, Repository } from './github-store.ts';

const compressed = promisify(deflate);

/** A request of Git itself: `git clone https://github.com/owner/name.git`. */
export interface GitRequest {
  /** `owner/name` */
  readonly repository: string;
  /** What follows the repository in the path. */
  readonly service: string;
}

/** Undefined for a request of the REST API. */
export function gitRequestOf({ path }: Pick<ServiceRequest, 'path'>): GitRequest | undefined {
  const [, repository, service] =
    /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path) ?? [];
  return repository === undefined || service === undefined ? undefined : { repository, service };
}

/** Tells Git that it has to sign in, as GitHub does for a private repository. */
export const signIn: ServiceAnswer = {
  status: 401,
  headers: { 'www-authenticate': 'Basic realm="GitHub"', 'content-type': 'text/plain' },
  body: 'No anonymous write access.',
};

const text = (status: number, body: string): ServiceAnswer => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body,
});

/**
 * Git's smart HTTP for the store's repositories, to read from. Their objects are Git's own: before each first request of a client they and
 * the refs are written into bare repositories below `folder`, for `git http-backend`. What is pushed here comes by the REST API alone.
 */
export function createGitHttp(store: GitHubStore, folder: string) {
  const mirrored = new Map<string, Promise<void>>();

  return async ({ repository: name, service }: GitRequest, request: ServiceRequest): Promise<ServiceAnswer> => {
    const repository = store.repositories.get(name);
    if (repository === undefined) return text(404, 'Repository not found.');
    const pushes = service === 'git-receive-pack' || request.query.get('service') === 'git-receive-pack';
    if (pushes) return text(403, 'Push by the REST API: this stand-in takes no packs.');
    if (service === 'info/refs') {
      // One after the other: two writers would be in each other's way.
      const mirroring = (mirrored.get(name) ?? Promise.resolve())
        .catch(() => undefined)
        .then(() => mirror(repository, join(folder, `${name}.git`)));
      mirrored.set(name, mirroring);
      await mirroring;
    }
    return gitHttpBackend(folder, { ...request, path: `/${name}.git/${service}` });
  };
}

/** Writes what a bare repository in `folder` lacks; objects never change, so that what is there stays. */
async function mirror({ row, objects, refs }: Repository, folder: string): Promise<void> {
  await mkdir(join(folder, 'refs'), { recursive: true });
  for (const [id, { type, content }] of objects) {
    const file = join(folder, 'objects', id.slice(0, 2), id.slice(2));
    if (await isThere(file)) continue;
    await mkdir(join(file, '..'), { recursive: true });
    await replace(file, await compressed(Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content])));
  }
  // As on GitHub any commit can be asked for by its id.
  await replace(join(folder, 'config'), '[core]\n\tbare = true\n[uploadpack]\n\tallowAnySHA1InWant = true\n');
  await replace(join(folder, 'HEAD'), `ref: refs/heads/${row.defaultBranch}\n`);
  const lines = [...refs].map(([ref, sha]) => `${sha} refs/${ref}\n`);
  await replace(join(folder, 'packed-refs'), `# pack-refs with: peeled fully-peeled \n${lines.join('')}`);
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Whole or not at all: Git may be reading there, and the process may be killed. */
async function replace(file: string, content: string | Buffer): Promise<void> {
  await writeFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
}
