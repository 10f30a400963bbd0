import type { Endpoints } from '@octokit/types';
import type { Contributor, Involvement } from '../../contracts/contributor.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import { type GitHub, orNull, ownerAndName } from '../shared/github.ts';
import { readCoAuthors } from './co-authors.ts';
import type { ContributorsQuestion, SourceControl } from './source-control.ts';

type CommitRow = Pick<
  Endpoints['GET /repos/{owner}/{repo}/commits/{ref}']['response']['data'],
  'sha' | 'commit' | 'author' | 'committer'
>;

/** Most commits of a range that are read, in pages of 100; each is asked for its pull requests. */
const mostCommits = 300;
/** GitHub's limit for the commits of one pull request. */
const mostCommitsOfPull = 250;
const pageLength = 100;
/** Requests at once: GitHub asks its clients not to send many together. */
const atOnce = 8;
/** GitHub's limit for the title of a pull request. */
const longestTitle = 256;
/** Longest name that is kept; commits may hold any. */
const longestName = 200;

/** Who took part in what a release brings in, by GitHub's own word (I3). */
export function createContributorReader(github: GitHub): Pick<SourceControl, 'contributors'> {
  const ownMail = ownMailOf(github);
  const read = <T>(attempted: string, options: CallOptions, work: Parameters<typeof github.call<T>>[1]): Promise<T> =>
    github.call({ ...options, attempted, retry: 'safe' }, work);

  /** What `head` has and `base` has not, as far as it is read; null when there is no such base. */
  async function readSince({ repository, base, head }: ContributorsQuestion, options: CallOptions) {
    const rows = new Map<string, CommitRow>();
    let total = 0;
    if (base === null) return null;
    for (let page = 1; page <= mostCommits / pageLength; page += 1) {
      const found = await read(`list the commits of ${head} since ${base}`, options, (octokit, request) =>
        orNull(
          octokit.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
            ...ownerAndName(repository),
            basehead: `${base}...${head}`,
            per_page: pageLength,
            page,
            request,
          }),
        ),
      );
      if (found === null) return null;
      total = found.data.total_commits;
      for (const row of found.data.commits) rows.set(row.sha, row);
      if (rows.size >= total || found.data.commits.length === 0) break;
    }
    return { rows, complete: rows.size >= total };
  }

  /** Everything up to `head`, as far as it is read. */
  async function readHistory({ repository, head }: ContributorsQuestion, options: CallOptions) {
    const rows = new Map<string, CommitRow>();
    for (let page = 1; page <= mostCommits / pageLength; page += 1) {
      const { data } = await read(`list the commits up to ${head}`, options, (octokit, request) =>
        octokit.request('GET /repos/{owner}/{repo}/commits', {
          ...ownerAndName(repository),
          sha: head,
          per_page: pageLength,
          page,
          request,
        }),
      );
      for (const row of data) rows.set(row.sha, row);
      if (data.length < pageLength) return { rows, complete: true };
    }
    return { rows, complete: false };
  }

  async function readRange(question: ContributorsQuestion, options: CallOptions) {
    const { repository, head, withoutBase } = question;
    const nothing = { rows: new Map<string, CommitRow>(), complete: true };
    const { rows, complete } =
      (await readSince(question, options)) ??
      (withoutBase === 'history' ? await readHistory(question, options) : nothing);
    if (!rows.has(head)) {
      const { data } = await read(`read commit ${head}`, options, (octokit, request) =>
        octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', {
          ...ownerAndName(repository),
          ref: head,
          request,
        }),
      );
      rows.set(data.sha, data);
    }
    return { rows: [...rows.values()], complete };
  }

  const pullsOf = (repository: string, sha: string, options: CallOptions) =>
    read(`list the pull requests of ${sha}`, options, async (octokit, request) => {
      const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
        ...ownerAndName(repository),
        commit_sha: sha,
        per_page: pageLength,
        request,
      });
      // A pull request that was not merged says nothing about who took part, even if it contains the commit.
      return data.filter(({ merged_at }) => merged_at !== null).map(({ number }) => number);
    });

  /** A pull request: who opened and merged it, and who wrote its commits, of which a squashed one shows none. */
  const peopleOfPull = (repository: string, pull_number: number, options: CallOptions) =>
    read(`read pull request ${pull_number}`, options, async (octokit, request) => {
      const at = { ...ownerAndName(repository), pull_number, request };
      const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', at);
      const rows: CommitRow[] = [];
      for (let page = 1; page <= Math.ceil(mostCommitsOfPull / pageLength); page += 1) {
        const commits = await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}/commits', {
          ...at,
          per_page: pageLength,
          page,
        });
        rows.push(...commits.data);
        if (commits.data.length < pageLength) break;
      }
      const { number, title, html_url: url } = data;
      return {
        pull: { number, title: title.slice(0, longestTitle), author: loginOf(data.user), url },
        people: [
          ...account('pull-request', loginOf(data.user)),
          ...account('merger', loginOf(data.merged_by)),
          ...rows.flatMap((row) => peopleOfCommit(row, ownMail)),
        ],
        complete: rows.length < mostCommitsOfPull,
      };
    });

  const peopleOfRun = (repository: string, run: NonNullable<ContributorsQuestion['run']>, options: CallOptions) =>
    read(`read who started run ${run.id}`, options, async (octokit, request) => {
      const found = await orNull(
        octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}', {
          ...ownerAndName(repository),
          run_id: run.id,
          attempt_number: run.attempt,
          request,
        }),
      );
      const { actor = null, triggering_actor: triggering = null } = found?.data ?? {};
      return [...account('run', loginOf(actor)), ...account('run', loginOf(triggering))];
    });

  return {
    async contributors(question, options = {}) {
      const { repository, run } = question;
      const { rows, complete } = await readRange(question, options);
      const numbers = new Set((await inGroups(rows, ({ sha }) => pullsOf(repository, sha, options))).flat());
      const pulls = await inGroups([...numbers], (number) => peopleOfPull(repository, number, options));
      const people = [
        ...rows.flatMap((row) => peopleOfCommit(row, ownMail)),
        ...pulls.flatMap(({ people: some }) => some),
        ...(run === null ? [] : await peopleOfRun(repository, run, options)),
      ];
      return {
        people: onceEach(people),
        pulls: pulls.map(({ pull }) => pull).toSorted((a, b) => a.number - b.number),
        commits: rows.length,
        complete: complete && pulls.every((pull) => pull.complete),
      };
    },
  };
}

/** By whom a commit is, as GitHub maps it to accounts and as it says itself. */
function peopleOfCommit({ commit, author, committer }: CommitRow, ownMail: string): Contributor[] {
  const by = (as: Involvement, login: string | null, who: { name?: string; email?: string } | null): Contributor => ({
    as,
    login,
    mail: cut(who?.email),
    name: cut(who?.name),
  });
  return [
    by('author', loginOf(author), commit.author),
    ...(isGitHubItself(loginOf(committer), commit.committer?.email, ownMail)
      ? []
      : [by('committer', loginOf(committer), commit.committer)]),
    ...readCoAuthors(commit.message).map(({ name, mail }) => by('co-author', null, { name, email: mail })),
  ];
}

/** The committer of what was done on GitHub's own pages. */
const isGitHubItself = (login: string | null, mail: string | undefined, ownMail: string): boolean =>
  mail === ownMail && (login === null || login === 'web-flow');

/** By which GitHub itself commits. A GitHub Enterprise Server, whose API is below `/api/v3`, has its own host there unless its administrator wrote another one. */
const ownMailOf = ({ baseUrl }: GitHub): string => {
  const { hostname, pathname } = new URL(baseUrl);
  return `noreply@${pathname.startsWith('/api/v3') ? hostname : 'github.com'}`;
};

const account = (as: Involvement, login: string | null): Contributor[] =>
  login === null ? [] : [{ as, login, mail: null, name: null }];

const cut = (text: string | undefined): string | null => (text ? text.slice(0, longestName) : null);

/** GitHub says `{}` or null for an account that is gone. */
const loginOf = (user: { login?: string } | Record<string, never> | null | undefined): string | null =>
  typeof user?.login === 'string' ? user.login : null;

function onceEach(people: readonly Contributor[]): Contributor[] {
  const seen = new Map(people.map((one) => [JSON.stringify([one.as, one.login, one.mail]), one]));
  return [...seen.values()];
}

async function inGroups<Item, Found>(items: readonly Item[], ask: (item: Item) => Promise<Found>): Promise<Found[]> {
  const found: Found[] = [];
  for (let at = 0; at < items.length; at += atOnce) {
    found.push(...(await Promise.all(items.slice(at, at + atOnce).map(ask))));
  }
  return found;
}
