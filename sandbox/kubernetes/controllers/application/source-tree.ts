/** The files below a folder of a repository at one commit, by their path within the folder. */
export type SourceTree = ReadonlyMap<string, Buffer>;

/** The Git side of an Application. */
export interface SourceRepository {
  /** The commit that a branch, tag or (full) commit id means now. @throws Error when there is none. */
  resolve(repoURL: string, revision: string): Promise<string>;
  /** @throws Error when the commit or the folder is not there. */
  tree(repoURL: string, commit: string, path: string): Promise<SourceTree>;
}

export interface GitHubAccess {
  /** `https://api.github.com`, or a stand-in. */
  endpoint: string;
  token?: string;
}

const treesKept = 16;

/** Reads from GitHub's Git data API. What a commit holds never changes: trees and blobs are fetched once. */
export function createGitHubSource({ endpoint, token }: GitHubAccess): SourceRepository {
  const blobs = new Map<string, Promise<Buffer>>();
  const trees = new Map<string, Promise<SourceTree>>();

  const read = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${endpoint}${path}`, {
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        'user-agent': 'sluice-sandbox',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new Error(`GitHub answered ${answer.status} to GET ${path}`);
    // The shapes of GitHub's REST API, version 2022-11-28.
    return (await answer.json()) as T;
  };

  const blob = (repository: string, sha: string): Promise<Buffer> => {
    const known = blobs.get(sha);
    if (known !== undefined) return known;
    const fetched = read<{ content: string }>(`/repos/${repository}/git/blobs/${sha}`).then(({ content }) =>
      Buffer.from(content, 'base64'),
    );
    blobs.set(sha, fetched);
    fetched.catch(() => blobs.delete(sha));
    return fetched;
  };

  const fetchTree = async (repository: string, commit: string, path: string): Promise<SourceTree> => {
    const { tree: root } = await read<{ tree: { sha: string } }>(`/repos/${repository}/git/commits/${commit}`);
    type Tree = { tree: { path: string; type: string; sha: string }[] };
    const { tree } = await read<Tree>(`/repos/${repository}/git/trees/${root.sha}?recursive=1`);
    const prefix = path === '.' || path === '' ? '' : `${path.replace(/^\.\//, '').replace(/\/$/, '')}/`;
    const files = tree.filter((entry) => entry.type === 'blob' && entry.path.startsWith(prefix));
    if (files.length === 0) throw new Error(`${path}: app path does not exist`);
    const read1 = files.map(
      async (file) => [file.path.slice(prefix.length), await blob(repository, file.sha)] as const,
    );
    return new Map(await Promise.all(read1));
  };

  return {
    async resolve(repoURL, revision) {
      if (/^[0-9a-f]{40}$/.test(revision)) return revision;
      const repository = repositoryOf(repoURL);
      const ref = revision === 'HEAD' ? 'main' : revision;
      const found = await read<{ object: { sha: string } }>(`/repos/${repository}/git/ref/heads/${ref}`).catch(() =>
        read<{ object: { sha: string } }>(`/repos/${repository}/git/ref/tags/${ref}`).catch((cause: unknown) => {
          throw new Error(`Unable to resolve '${revision}' to a commit SHA`, { cause });
        }),
      );
      return found.object.sha;
    },
    tree(repoURL, commit, path) {
      const key = `${repoURL} ${commit} ${path}`;
      const known = trees.get(key);
      if (known !== undefined) return known;
      const fetched = fetchTree(repositoryOf(repoURL), commit, path);
      trees.set(key, fetched);
      fetched.catch(() => trees.delete(key));
      if (trees.size > treesKept) trees.delete(trees.keys().next().value ?? '');
      return fetched;
    },
  };
}

/** `https://github.com/example/repo.git` → `example/repo`. */
function repositoryOf(repoURL: string): string {
  const match = /[/:]([^/:]+\/[^/]+?)(?:\.git)?\/?$/.exec(repoURL);
  if (match?.[1] === undefined) throw new Error(`repoURL ${repoURL} names no repository`);
  return match[1];
}
