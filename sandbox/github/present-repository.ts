import { createHash } from 'node:crypto';
import { fullName } from './github-store.ts';
import type { RepositoryRow } from './rows.ts';

/** A person that commits can be attributed to by their mail address. */
export interface Account {
  readonly login: string;
  readonly mail: string;
}

/** GitHub's opaque id of anything. */
export const nodeId = (kind: string, id: number | string): string => Buffer.from(`${kind}:${id}`).toString('base64url');

/** A stable id for a login: GitHub's are numbers without meaning too. */
const userId = (login: string): number =>
  createHash('sha1').update(login.toLowerCase()).digest().readUInt32BE() % 100_000_000;

export const presentUser = (endpoint: string, login: string) => ({
  login,
  id: userId(login),
  node_id: nodeId('User', userId(login)),
  avatar_url: '',
  gravatar_id: '',
  url: `${endpoint}/users/${login}`,
  html_url: `${endpoint}/${login}`,
  repos_url: `${endpoint}/users/${login}/repos`,
  type: login.endsWith('[bot]') ? 'Bot' : 'User',
  site_admin: false,
});

/** The organisation that owns a repository, as webhooks show it. */
export const presentOrganization = (endpoint: string, login: string) => ({
  login,
  id: userId(login),
  node_id: nodeId('Organization', userId(login)),
  url: `${endpoint}/orgs/${login}`,
  repos_url: `${endpoint}/orgs/${login}/repos`,
  avatar_url: '',
  description: '',
});

/**
 * The login that a mail address belongs to: a given account's, or the one within GitHub's own no-reply address;
 * undefined for anybody else's.
 */
export function loginOf(accounts: readonly Account[], mail: string): string | undefined {
  const account = accounts.find((one) => one.mail.toLowerCase() === mail.toLowerCase());
  return account?.login ?? /^(?:\d+\+)?([a-z\d-]+)@users\.noreply\.github\.com$/i.exec(mail)?.[1];
}

/** A repository as it appears within other answers. */
export function presentMinimalRepository(endpoint: string, row: RepositoryRow) {
  const url = `${endpoint}/repos/${fullName(row)}`;
  return {
    id: row.id,
    node_id: nodeId('Repository', row.id),
    name: row.name,
    full_name: fullName(row),
    private: true,
    owner: { ...presentUser(endpoint, row.owner), type: 'Organization' },
    html_url: `${endpoint}/${fullName(row)}`,
    description: null,
    fork: row.forkOf !== undefined,
    url,
    branches_url: `${url}/branches{/branch}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    deployments_url: `${url}/deployments`,
    git_refs_url: `${url}/git/refs{/sha}`,
    issues_url: `${url}/issues{/number}`,
    pulls_url: `${url}/pulls{/number}`,
    statuses_url: `${url}/statuses/{sha}`,
    trees_url: `${url}/git/trees{/sha}`,
  };
}

export const presentRepository = (endpoint: string, row: RepositoryRow) => ({
  ...presentMinimalRepository(endpoint, row),
  default_branch: row.defaultBranch,
  visibility: 'private',
  archived: false,
  disabled: false,
  has_issues: true,
  permissions: { admin: false, maintain: false, push: true, triage: true, pull: true },
  ...(row.forkOf === undefined ? {} : { source: { full_name: row.forkOf }, parent: { full_name: row.forkOf } }),
});
