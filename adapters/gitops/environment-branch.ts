import { stringify } from 'yaml';
import { InvalidInput, StaleHolder, WriteConflict } from '../../contracts/errors.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { Release } from '../../contracts/release.ts';
import type { CallOptions } from '../shared/call-neighbour.ts';
import { type GitHub, gitHubStatus, orNull, ownerAndName } from '../shared/github.ts';
import { refused } from '../shared/neighbour-errors.ts';
import { formatReleaseMessage, readTrailers, type SluiceTrailers } from './commit-trailers.ts';

export interface ReleaseCommit extends CallOptions {
  /** The deploy repository, `owner/name`. */
  readonly repository: string;
  readonly environment: EnvironmentName;
  /** The environment's own branch; `env/blue` or `env/green` without it. */
  readonly branch?: string;
  /** Folder of the chart, as in `gitops.path`. */
  readonly path: string;
  readonly release: Pick<Release, 'version' | 'image' | 'digest'>;
  readonly operation: string;
  readonly epoch: number;
}

export type CommitOutcome =
  | { kind: 'committed'; commit: string; previous: string }
  /** The branch's head already is this release of this operation: a redelivery (I10). */
  | { kind: 'already-there'; commit: string };

/** The branch that an environment's Argo CD Application tracks and that only Sluice writes (DESIGN §5, GitOps). */
export interface EnvironmentBranch {
  /**
   * One commit that makes `release` the wanted one of an environment. The branch only ever moves forward from the head
   * that the decision was made on; a race that was lost is decided again.
   *
   * @throws {StaleHolder} when the branch carries a higher epoch than mine.
   * @throws {WriteConflict} when the branch kept moving.
   * @throws {NeighbourRefused} when GitHub says no, also because there is no such branch (status 404).
   */
  commitRelease(commit: ReleaseCommit): Promise<CommitOutcome>;
  /** What Sluice last wrote on the branch, and in which commit; null when it never did. */
  readLatest(
    at: Pick<ReleaseCommit, 'repository' | 'environment' | 'branch'> & CallOptions,
  ): Promise<LatestRelease | null>;
}

export interface LatestRelease extends SluiceTrailers {
  readonly commit: string;
}

const attempts = 4;
/** How far below the head Sluice's last commit is searched, should somebody else have committed on top. */
const lookBack = 20;

export function createEnvironmentBranch(github: GitHub): EnvironmentBranch {
  const readHead = async (repository: string, branch: string, options: CallOptions): Promise<Head> => {
    const at = ownerAndName(repository);
    const asked = { ...callOptions(options), attempted: `read ${repository} ${branch}`, kind: 'read' } as const;
    return github.call(asked, async (octokit, request) => {
      const ref = await orNull(
        octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at, ref: `heads/${branch}`, request }),
      );
      if (ref === null) {
        const reason = 'there is no such branch; a person creates it once, from the chart';
        throw refused({ neighbour: 'GitHub', attempted: asked.attempted, status: 404, reason });
      }
      const readCommit = async (sha: string) =>
        (
          await octokit.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
            ...at,
            commit_sha: sha,
            request,
          })
        ).data;
      const commit = await readCommit(ref.data.object.sha);
      let looked = commit;
      let latest = readTrailers(looked.message);
      for (let depth = 1; latest === null && depth < lookBack; depth += 1) {
        const parent = looked.parents[0]?.sha;
        if (parent === undefined) break;
        looked = await readCommit(parent);
        latest = readTrailers(looked.message);
      }
      return {
        commit: commit.sha,
        tree: commit.tree.sha,
        latest: latest === null ? null : { ...latest, commit: looked.sha },
      };
    });
  };

  /** Tree, commit and then the branch; null when the branch had moved. Objects without a ref are harmless. */
  const writeOnto = async (head: Head, branch: string, wanted: ReleaseCommit): Promise<string | null> => {
    const at = ownerAndName(wanted.repository);
    const { environment, release, operation, epoch } = wanted;
    const attempted = `commit ${release.version} to ${wanted.repository} ${branch}`;
    return github.call({ ...callOptions(wanted), attempted, kind: 'write' }, async (octokit, request) => {
      const tree = await octokit.request('POST /repos/{owner}/{repo}/git/trees', {
        ...at,
        base_tree: head.tree,
        tree: [{ path: valuesPath(wanted.path), mode: '100644', type: 'blob', content: formatValues(wanted) }],
        request,
      });
      const commit = await octokit.request('POST /repos/{owner}/{repo}/git/commits', {
        ...at,
        tree: tree.data.sha,
        parents: [head.commit],
        message: formatReleaseMessage(`release: ${release.version} to ${environment}`, {
          operation,
          epoch,
          version: release.version,
          digest: release.digest,
        }),
        request,
      });
      try {
        await octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
          ...at,
          ref: `heads/${branch}`,
          sha: commit.data.sha,
          force: false,
          request,
        });
        return commit.data.sha;
      } catch (error) {
        if (gitHubStatus(error) === 422 || gitHubStatus(error) === 409) return null;
        throw error;
      }
    });
  };

  return {
    async commitRelease(wanted) {
      const { repository, operation, epoch, release, branch = `env/${wanted.environment}` } = wanted;
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const head = await readHead(repository, branch, wanted);
        const { latest } = head;
        if (latest !== null && latest.epoch > epoch) {
          const message = `${repository} ${branch} was written by ${latest.operation} in epoch ${latest.epoch}, mine is ${epoch}`;
          throw new StaleHolder(message, latest.epoch);
        }
        if (latest?.commit === head.commit && isSame(latest, operation, release)) {
          return { kind: 'already-there', commit: head.commit };
        }
        const commit = await writeOnto(head, branch, wanted);
        if (commit !== null) return { kind: 'committed', commit, previous: head.commit };
      }
      throw new WriteConflict(`${repository} ${branch} moved under each of ${attempts} attempts to commit to it`);
    },
    readLatest: async ({ repository, environment, branch = `env/${environment}`, ...options }) =>
      (await readHead(repository, branch, options)).latest,
  };
}

interface Head {
  readonly commit: string;
  readonly tree: string;
  /** The newest commit of Sluice at or below the head. */
  readonly latest: LatestRelease | null;
}

const callOptions = ({ within, signal }: CallOptions): CallOptions => ({
  ...(within === undefined ? {} : { within }),
  ...(signal === undefined ? {} : { signal }),
});

const isSame = (latest: SluiceTrailers, operation: string, release: ReleaseCommit['release']) =>
  latest.operation === operation && latest.version === release.version && latest.digest === release.digest;

/** Name of the one file that a release changes, in the chart's folder. */
export const valuesFile = 'values-release.yaml';

function valuesPath(folder: string): string {
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.');
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
