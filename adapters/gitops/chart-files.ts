import type { CallOptions } from '../shared/call-dependency.ts';
import { type GitHub, orNull, ownerAndName } from '../shared/github.ts';

/** The text files of a chart at one commit, by their path below the chart's folder, or why they are not to be had. */
export type ChartFilesFound =
  | { kind: 'found'; commit: string; files: ReadonlyMap<string, string> }
  | { kind: 'unknown'; reason: string };

/** Reads charts from Git, to show what changes in them. */
export interface ChartFiles {
  /** @param at a branch or a commit of the repository (`owner/name`); `path`: the chart's folder in it. */
  read(at: { repository: string; ref: string; path: string }, options?: CallOptions): Promise<ChartFilesFound>;
}

/** Largest chart that is compared: more is no chart, and each file is one request to GitHub. */
const mostFiles = 200;
const mostBytes = 1_000_000;
/** How many files are asked for at once. */
const atOnce = 8;

export function createChartFiles(github: GitHub): ChartFiles {
  return {
    read: ({ repository, ref, path }, options = {}) =>
      github.call(
        { ...options, attempted: `read ${path} of ${repository} at ${ref}`, retry: 'safe' },
        async (octokit, request) => {
          const at = ownerAndName(repository);
          const commit = await orNull(
            octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...at, ref, request }),
            [404, 422],
          );
          if (commit === null) return unknown(`${repository} has no ${ref}.`);
          const { sha } = commit.data;
          const tree = await octokit.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
            ...at,
            tree_sha: commit.data.commit.tree.sha,
            recursive: 'true',
            request,
          });
          const folder = path
            .split('/')
            .filter((part) => part !== '' && part !== '.')
            .map((part) => `${part}/`)
            .join('');
          const blobs = tree.data.tree.flatMap(({ path: at = '', type, sha: blob, size = 0 }) =>
            type === 'blob' && blob !== undefined && at.startsWith(folder)
              ? [{ path: at.slice(folder.length), blob, size }]
              : [],
          );
          const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
          if (tree.data.truncated || blobs.length > mostFiles || bytes > mostBytes) {
            return unknown(`${path} of ${repository} at ${sha.slice(0, 7)} is too large to compare.`);
          }
          const files = new Map<string, string>();
          for (let from = 0; from < blobs.length; from += atOnce) {
            const read = await Promise.all(
              blobs.slice(from, from + atOnce).map(async ({ path: name, blob }) => {
                const { data } = await octokit.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', {
                  ...at,
                  file_sha: blob,
                  request,
                });
                return [name, textOf(Buffer.from(data.content, 'base64'), blob)] as const;
              }),
            );
            for (const [name, text] of read) files.set(name, text);
          }
          return { kind: 'found', commit: sha, files };
        },
      ),
  };
}

const unknown = (reason: string): ChartFilesFound => ({ kind: 'unknown', reason });

/** A file that is no text is named by its hash: that it changes is seen all the same. */
const textOf = (bytes: Buffer, blob: string): string =>
  bytes.includes(0) ? `(not a text file, ${blob})\n` : bytes.toString('utf8');
