import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { InvalidInput } from '../../contracts/errors.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { ForeignChange } from '../../contracts/records/branch.ts';
import type { Release } from '../../contracts/release.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import { refused } from '../shared/dependency-errors.ts';
import { type GitHub, gitHubStatus, orNull, ownerAndName } from '../shared/github.ts';
import { formatReleaseMessage } from './commit-trailers.ts';

/** Where an environment's branch is. */
export interface BranchAt extends CallOptions {
  /** The deploy repository, `owner/name`. */
  readonly repository: string;
  readonly branch: string;
}

/** A commit and its tree. */
export interface BranchHead {
  readonly commit: string;
  readonly tree: string;
}

export interface ReleaseCommit extends BranchAt {
  readonly environment: EnvironmentName;
  /** Folder of the chart, as in `gitops.path`. */
  readonly path: string;
  readonly release: Pick<Release, 'version' | 'image' | 'digest'>;
  readonly operation: string;
  readonly epoch: number;
  /** The commit that the new one stands on, so that the branch can move forward to it. */
  readonly parent: string;
  /** The tree that it changes: the parent's, unless what the parent brought is thrown away. */
  readonly tree: string;
}

/** A commit that puts back what an environment's files were at an earlier one. */
export interface RestoringCommit extends Omit<ReleaseCommit, 'path' | 'release'> {
  /** What that commit is of. */
  readonly release: Pick<Release, 'version' | 'digest'>;
  /** The earlier commit, whose tree is `tree`. */
  readonly restores: string;
}

/** What one commit has that another does not. */
export type BranchChanges = Pick<ForeignChange, 'status' | 'commits' | 'files' | 'more'>;

/** The branch of an environment, which only Sluice writes (DESIGN §5, GitOps). Which commits are Sluice's is for its own records to say. */
export interface EnvironmentBranch {
  /** @throws {DependencyRefused} when GitHub says no, also because there is no such branch (status 404). */
  readHead(at: BranchAt): Promise<BranchHead>;
  /** The tree of a commit; null when the repository does not have it. */
  readTree(at: BranchAt, commit: string): Promise<string | null>;
  /**
   * What a tree has in the chart's folder (`path`), whatever release it says: Git's id of that folder without the one file that a release changes.
   * The same for both environments as long as their charts are the same. Null when the tree has no such folder.
   */
  chartTree(at: BranchAt, tree: string, path: string): Promise<string | null>;
  /** What `head` has that `base` does not, cut to what people can read. */
  readChanges(at: BranchAt, between: { base: string; head: string }): Promise<BranchChanges>;
  /** Makes one commit that makes `release` the wanted one, and moves nothing: without a ref it is harmless. Answers its id. */
  makeCommit(wanted: ReleaseCommit): Promise<string>;
  /** Makes one commit with exactly `tree`, and moves nothing, as `makeCommit`. Answers its id. */
  makeRestoringCommit(wanted: RestoringCommit): Promise<string>;
  /** Moves the branch forward to a commit that stands on its head. `refused`: the branch has moved meanwhile. */
  advance(at: BranchAt, commit: string): Promise<'moved' | 'refused'>;
}

/** Cuts by which a change of any size can be kept and shown. */
const mostCommits = 20;
const mostFiles = 30;
const longestPatch = 2_000;

export function createEnvironmentBranch(github: GitHub): EnvironmentBranch {
  const readCommit = (at: BranchAt, sha: string) =>
    github.call(
      { ...callOptions(at), attempted: `read commit ${sha} of ${at.repository}`, retry: 'safe' },
      (octokit, request) =>
        orNull(
          octokit.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
            ...ownerAndName(at.repository),
            commit_sha: sha,
            request,
          }),
        ),
    );
  const readTree = async (at: BranchAt, sha: string) => (await readCommit(at, sha))?.data.tree.sha ?? null;

  const readEntries = (at: BranchAt, sha: string) =>
    github.call(
      { ...callOptions(at), attempted: `read tree ${sha} of ${at.repository}`, retry: 'safe' },
      async (octokit, request) => {
        const found = await orNull(
          octokit.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
            ...ownerAndName(at.repository),
            tree_sha: sha,
            request,
          }),
        );
        return found?.data.tree.map(({ path = '', mode = '', sha: id = '' }) => ({ name: path, mode, id })) ?? null;
      },
    );

  return {
    readTree,
    async chartTree(at, tree, path) {
      let entries = await readEntries(at, tree);
      for (const part of folders(path)) {
        const folder = entries?.find(({ name, mode }) => name === part && mode === folderMode);
        if (folder === undefined) return null;
        entries = await readEntries(at, folder.id);
      }
      return entries === null ? null : treeId(entries.filter(({ name }) => name !== valuesFile));
    },
    async readHead(at) {
      const attempted = `read ${at.repository} ${at.branch}`;
      const ref = await github.call({ ...callOptions(at), attempted, retry: 'safe' }, (octokit, request) =>
        orNull(
          octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {
            ...ownerAndName(at.repository),
            ref: `heads/${at.branch}`,
            request,
          }),
        ),
      );
      const commit = ref?.data.object.sha;
      const tree = commit === undefined ? null : await readTree(at, commit);
      if (commit === undefined || tree === null) {
        const reason = 'there is no such branch; a person creates it once, from the chart';
        throw refused({ dependency: 'GitHub', attempted, status: 404, reason });
      }
      return { commit, tree };
    },
    async readChanges(at, { base, head }) {
      const attempted = `compare ${base} with ${head} of ${at.repository}`;
      const found = await github.call({ ...callOptions(at), attempted, retry: 'safe' }, (octokit, request) =>
        // 404: one of them is gone, or they have nothing in common.
        orNull(
          octokit.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
            ...ownerAndName(at.repository),
            basehead: `${base}...${head}`,
            request,
          }),
        ),
      );
      if (found === null) return { status: 'unknown', commits: [], files: [], more: true };
      const { status, total_commits: total, commits, files = [] } = found.data;
      return {
        status,
        commits: commits.slice(-mostCommits).map(({ sha, commit, author }) => ({
          sha,
          title: shown(commit.message.split('\n', 1)[0] ?? ''),
          author: shown(author?.login ?? (commit.author?.name?.trim() || 'somebody')),
        })),
        files: files.slice(0, mostFiles).map(({ filename, status: change, patch }) => ({
          path: shown(filename),
          change,
          patch: patch === undefined ? null : cut(patch),
        })),
        more: total > mostCommits || files.length > mostFiles,
      };
    },
    async makeCommit(wanted) {
      const at = ownerAndName(wanted.repository);
      const { environment, release } = wanted;
      const attempted = `make a commit of ${release.version} for ${wanted.repository} ${wanted.branch}`;
      return github.call({ ...callOptions(wanted), attempted, retry: 'never' }, async (octokit, request) => {
        const tree = await octokit.request('POST /repos/{owner}/{repo}/git/trees', {
          ...at,
          base_tree: wanted.tree,
          tree: [{ path: valuesPath(wanted.path), mode: '100644', type: 'blob', content: formatValues(wanted) }],
          request,
        });
        const commit = await octokit.request('POST /repos/{owner}/{repo}/git/commits', {
          ...at,
          tree: tree.data.sha,
          parents: [wanted.parent],
          message: formatReleaseMessage(`release: ${release.version} to ${environment}`, trailersOf(wanted)),
          request,
        });
        return commit.data.sha;
      });
    },
    async makeRestoringCommit(wanted) {
      const { environment, restores, tree, parent } = wanted;
      const attempted = `make a commit of ${restores} for ${wanted.repository} ${wanted.branch}`;
      return github.call({ ...callOptions(wanted), attempted, retry: 'never' }, async (octokit, request) => {
        const subject = `revert: ${environment} to what it was at ${restores}`;
        const commit = await octokit.request('POST /repos/{owner}/{repo}/git/commits', {
          ...ownerAndName(wanted.repository),
          tree,
          parents: [parent],
          message: formatReleaseMessage(subject, trailersOf(wanted)),
          request,
        });
        return commit.data.sha;
      });
    },
    async advance(at, commit) {
      const attempted = `move ${at.repository} ${at.branch} to ${commit}`;
      return github.call({ ...callOptions(at), attempted, retry: 'never' }, async (octokit, request) => {
        try {
          await octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
            ...ownerAndName(at.repository),
            ref: `heads/${at.branch}`,
            sha: commit,
            force: false,
            request,
          });
          return 'moved';
        } catch (error) {
          if (hasMoved(error)) return 'refused';
          throw error;
        }
      });
    },
  };
}

/** Whether somebody else moved the branch. A protection or a ruleset is a 422 too, and no attempt gets past it. */
const hasMoved = (error: unknown): boolean =>
  gitHubStatus(error) === 409 ||
  (gitHubStatus(error) === 422 && error instanceof Error && /not a fast[- ]forward/i.test(error.message));

const callOptions = ({ within, signal }: CallOptions): CallOptions => ({
  ...(within === undefined ? {} : { within }),
  ...(signal === undefined ? {} : { signal }),
});

const trailersOf = ({ operation, epoch, release: { version, digest } }: ReleaseCommit | RestoringCommit) => ({
  operation,
  epoch,
  version,
  digest,
});

const cut = (text: string): string => (text.length <= longestPatch ? text : `${text.slice(0, longestPatch)}\n…`);

/** Text of others on one line, without what would rearrange the words around it. */
const shown = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}').slice(0, 120);

/** Name of the one file that a release changes, in the chart's folder. */
export const valuesFile = 'values-release.yaml';

const folders = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** As GitHub writes it; Git itself leaves out the zero. */
const folderMode = '040000';

/** Git's id of a tree: what `git mktree` answers for these entries. Ids of 64 digits are of a repository with SHA-256. */
function treeId(entries: readonly { readonly name: string; readonly mode: string; readonly id: string }[]): string {
  const keyOf = ({ name, mode }: (typeof entries)[number]) => Buffer.from(mode === folderMode ? `${name}/` : name);
  const content = Buffer.concat(
    entries
      .toSorted((a, b) => Buffer.compare(keyOf(a), keyOf(b)))
      .flatMap(({ name, mode, id }) => [Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(id, 'hex')]),
  );
  const algorithm = entries[0]?.id.length === 64 ? 'sha256' : 'sha1';
  return createHash(algorithm).update(`tree ${content.length}\0`).update(content).digest('hex');
}

function valuesPath(folder: string): string {
  const parts = folders(folder);
  if (parts.includes('..')) throw new InvalidInput(`the chart's path leads out of the repository: ${folder}`);
  return [...parts, valuesFile].join('/');
}

/** The one file that a release changes: everything that differs between releases, and nothing else. */
export function formatValues({ release, environment }: Pick<ReleaseCommit, 'release' | 'environment'>): string {
  const values = {
    image: { repository: release.image.replace(/:[^:/]+$/, ''), digest: release.digest },
    version: release.version,
    environment,
  };
  return `# Written by Sluice, one commit per release. Do not edit: the next release replaces it.\n${stringify(values)}`;
}

/** The same file for another environment. */
export const valuesFor = (values: string, environment: EnvironmentName): string =>
  values.replace(/^environment: .*$/m, `environment: ${environment}`);
