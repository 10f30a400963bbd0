import type { Commit, Signature } from './git-objects.ts';
import { commitOf, fullName, type Repository } from './github-store.ts';
import { compareCommits } from './history.ts';
import { type Account, loginOf, nodeId, presentUser } from './present-repository.ts';
import { differences, findPath } from './tree-files.ts';
import { unifiedPatch } from './unified-patch.ts';

/** GitHub shows whole seconds. */
export const isoSeconds = (at: Date | number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const presentSignature = (who: Signature) => ({ name: who.name, email: who.email, date: isoSeconds(who.at) });
const unsigned = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

/** A commit as the Git data API shows it. */
export function presentGitCommit(endpoint: string, repository: Repository, sha: string, commit: Commit) {
  const name = fullName(repository.row);
  const url = `${endpoint}/repos/${name}/git`;
  return {
    sha,
    node_id: nodeId('Commit', sha),
    url: `${url}/commits/${sha}`,
    html_url: `${endpoint}/${name}/commit/${sha}`,
    author: presentSignature(commit.author),
    committer: presentSignature(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree, url: `${url}/trees/${commit.tree}` },
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${url}/commits/${parent}`,
      html_url: `${endpoint}/${name}/commit/${parent}`,
    })),
    verification: unsigned,
  };
}

/** A commit as lists of commits show it: with the GitHub users behind author and committer, null where unknown. */
export function presentCommit(endpoint: string, repository: Repository, accounts: readonly Account[], sha: string) {
  const commit = commitOf(repository, sha);
  if (commit === undefined) throw new Error(`No commit ${sha} in ${fullName(repository.row)}`);
  const name = fullName(repository.row);
  const url = `${endpoint}/repos/${name}/commits/${sha}`;
  const { author, committer, message, tree } = presentGitCommit(endpoint, repository, sha, commit);
  const userOf = (mail: string) => {
    const login = loginOf(accounts, mail);
    return login === undefined ? null : presentUser(endpoint, login);
  };
  return {
    sha,
    node_id: nodeId('Commit', sha),
    commit: {
      author,
      committer,
      message,
      tree,
      url: `${endpoint}/repos/${name}/git/commits/${sha}`,
      comment_count: 0,
      verification: unsigned,
    },
    url,
    html_url: `${endpoint}/${name}/commit/${sha}`,
    comments_url: `${url}/comments`,
    author: userOf(commit.author.email),
    committer: userOf(commit.committer.email),
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${endpoint}/repos/${name}/commits/${parent}`,
      html_url: `${endpoint}/${name}/commit/${parent}`,
    })),
  };
}

/** The files that differ between two commits, with their lines. */
export function presentFiles(endpoint: string, repository: Repository, before: string | undefined, after: string) {
  const treeOf = (sha: string): string => commitOf(repository, sha)?.tree ?? '';
  const name = fullName(repository.row);
  const old = before === undefined ? undefined : treeOf(before);
  const textOf = (tree: string | undefined, path: string): string => {
    const found = tree === undefined ? undefined : findPath(repository, tree, path);
    return (found === undefined ? undefined : repository.objects.get(found.sha)?.content.toString('utf8')) ?? '';
  };
  return differences(repository, old, treeOf(after)).map((file) => ({
    sha: file.sha,
    filename: file.path,
    status: file.status,
    ...unifiedPatch(textOf(old, file.path), textOf(treeOf(after), file.path)),
    contents_url: `${endpoint}/repos/${name}/contents/${encodeURI(file.path)}?ref=${after}`,
    blob_url: `${endpoint}/${name}/blob/${after}/${encodeURI(file.path)}`,
  }));
}

/** The comparison document of `base...head`; undefined when the two have no common ancestor. */
export function presentComparison(
  endpoint: string,
  repository: Repository,
  accounts: readonly Account[],
  base: string,
  head: string,
) {
  const comparison = compareCommits(repository, base, head);
  if (comparison === undefined) return undefined;
  const show = (sha: string) => presentCommit(endpoint, repository, accounts, sha);
  const name = fullName(repository.row);
  return {
    url: `${endpoint}/repos/${name}/compare/${base}...${head}`,
    html_url: `${endpoint}/${name}/compare/${base}...${head}`,
    base_commit: show(base),
    merge_base_commit: show(comparison.mergeBase),
    status: comparison.status,
    ahead_by: comparison.aheadBy,
    behind_by: comparison.behindBy,
    total_commits: comparison.aheadBy,
    commits: comparison.commits.map(show),
    files: presentFiles(endpoint, repository, comparison.mergeBase, head),
  };
}
