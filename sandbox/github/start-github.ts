import { join } from 'node:path';
import { deployedBranch } from '../../core/triggers/deployed-branches.ts';
import { type ServiceAnswer, type ServiceRequest, type StandIn, startListener } from '../aws/listener.ts';
import { type GitHubApp, InstallationTokens } from './apps.ts';
import { rerunCi, runCi } from './ci.ts';
import { type CiRules, usualCi } from './ci-files.ts';
import { createGitHttp, gitRequestOf, signIn } from './git-http.ts';
import { type Editor, fullName, GitHubStore, type Repository } from './github-store.ts';
import { type ListedRelease, listReleases } from './list-releases.ts';
import type { Account } from './present-repository.ts';
import { type PublishedRelease, publishRelease, type ReleaseToPublish } from './publish-release.ts';
import { dispatch, errorAnswer, GitHubError } from './router.ts';
import { ArtifactDownloads, actionsRoutes } from './routes/actions.ts';
import { attestationRoutes } from './routes/attestations.ts';
import { checkRoutes } from './routes/checks.ts';
import { commitRoutes, singleCommitRoute } from './routes/commits.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { gitDataRoutes } from './routes/git-data.ts';
import { issueRoutes } from './routes/issues.ts';
import { refRoutes } from './routes/refs.ts';
import type { RunRow } from './rows.ts';
import { type LimitedToken, readsEverything, refuse } from './token-rights.ts';
import { webPage } from './web-pages.ts';
import { type WorkflowRunPayload, workflowRunPayload } from './webhook.ts';
import type { World } from './world.ts';

/** A repository whose pushes CI answers. What is left out is as in `usualCi`. */
export interface CiOptions extends Partial<Omit<CiRules, 'image'>>, Pick<CiRules, 'image'> {
  /** `owner/name` */
  readonly repository: string;
  readonly branch: string;
  /** Branches beside it whose pushes CI answers, and whether it runs in the merge queue, as `trigger:` of sluice.yaml says it. */
  readonly hotfixBranches?: readonly string[];
  readonly mergeQueue?: boolean;
  /** Told of each completed run; the sandbox sends the webhook from here. */
  readonly onRunCompleted?: (payload: WorkflowRunPayload) => void;
}

export interface GitHubOptions {
  /** 0 picks a free one. */
  port: number;
  dataDir: string;
  /** Any of them opens everything. */
  tokens: readonly string[];
  /** These open everything too, and change nothing. */
  readers?: readonly string[];
  /** Tokens that may do less than that. */
  limited?: readonly LimitedToken[];
  /** Apps that make tokens for their installations; the tokens are in memory only. */
  apps?: readonly GitHubApp[];
  /** The clock of those tokens. */
  now?: () => number;
  ci?: readonly CiOptions[];
  /** Told of damage in the journal. */
  onProblem?: (problem: string) => void;
  /** Adds what is not there yet. */
  seed?: (editor: Editor) => void;
  /** The bundles of what was attested of a digest; nothing is without it. */
  attestations?: (digest: string) => Promise<readonly object[]>;
  /** People whose mail address GitHub knows, beside the no-reply addresses. */
  accounts?: readonly Account[];
}

/** A CI run to be made up, for triggers that must be refused as for those that must not. */
export interface RunRequest {
  readonly sha: string;
  /** Of whose CI: the first one unless written. */
  readonly repository?: string;
  readonly branch?: string;
  readonly event?: string;
  readonly workflow?: string;
  /** `owner/name` of a fork that has the commit. */
  readonly headRepository?: string;
}

export interface GitHubStandIn extends StandIn {
  /** Commits a version, pushes it and lets CI run, all through the REST API. In the first repository of `ci` unless another one is named. */
  publishRelease(release: ReleaseToPublish, repository?: string): Promise<PublishedRelease>;
  runCi(request: RunRequest): Promise<{ runId: number; payload: WorkflowRunPayload }>;
  /** The webhook document of the newest run of a commit, e.g. of a seeded release. */
  payloadOf(sha: string): WorkflowRunPayload;
  /** What CI has built so far, by version tag; the registry shows the same. */
  releases(): ListedRelease[];
}

const login = 'sluice-bot';

/** Starts GitHub's REST API, and Git's smart HTTP, over a journal in `dataDir/github.journal`. */
export async function startGitHub(options: GitHubOptions): Promise<GitHubStandIn> {
  const store = await GitHubStore.open(join(options.dataDir, 'github.journal'), options.onProblem);
  if (options.seed) await store.write(options.seed);
  const accounts = options.accounts ?? [];
  let endpoint = '';

  const all = (options.ci ?? []).map((ci) => ({ ...usualCi, ...ci }));
  const ciOf = (repository: string | undefined = all[0]?.repository) => {
    const found = all.find((ci) => ci.repository === repository);
    if (found === undefined) throw new Error(`This GitHub stand-in has no CI for ${repository ?? 'any repository'}`);
    return found;
  };
  const tell = (repository: Repository, run: RunRow): WorkflowRunPayload => {
    const payload = workflowRunPayload(endpoint, store, repository, run);
    ciOf(fullName(repository.row)).onRunCompleted?.(payload);
    return payload;
  };
  const run = async (request: RunRequest, pusher: string): Promise<{ run: RunRow; payload: WorkflowRunPayload }> => {
    const { repository: named, headRepository, ...rest } = request;
    const ci = ciOf(named);
    const repository = store.get(ci.repository);
    const head = headRepository === undefined ? {} : { headRepository: store.get(headRepository) };
    const common = { repository, ci, pusher, branch: ci.branch };
    const made = await store.write((editor) => runCi(editor, { ...common, ...rest, ...head }));
    return { run: made.run, payload: tell(repository, made.run) };
  };
  /** What a push starts: a merge queue makes its branches by pushes of GitHub's own. */
  const eventOf = (repository: string, branch: string): 'push' | 'merge_group' | null => {
    const answers = all
      .filter((ci) => ci.repository === repository)
      .map((ci) => deployedBranch({ hotfixBranches: [], mergeQueue: false, ...ci }, branch));
    if (answers.includes('queue')) return 'merge_group';
    return answers.some((answer) => answer !== null) ? 'push' : null;
  };
  const world: World = {
    store,
    accounts,
    endpoint: () => endpoint,
    onPush: async (repository, branch, sha, pusher) => {
      const name = fullName(repository.row);
      const event = eventOf(name, branch);
      if (event !== null) await run({ repository: name, sha, branch, event }, pusher);
    },
    onRerun: async (repository, earlier, actor) => {
      const given = { repository, run: earlier, actor, ci: ciOf(fullName(repository.row)) };
      const again = await store.write((editor) => rerunCi(editor, given));
      tell(repository, again.run);
    },
  };

  const listener = await startListener({ port: options.port, handle: createHandler(world, options) });
  endpoint = listener.endpoint;
  for (const ci of all) await finishInterruptedPush(world, ci);
  const token = options.tokens[0] ?? '';
  return {
    endpoint,
    publishRelease: (release, repository) => publishRelease({ endpoint, token, ...ciOf(repository) }, release),
    runCi: async (request) => {
      const made = await run(request, login);
      return { runId: made.run.id, payload: made.payload };
    },
    payloadOf: (sha) => {
      const repository = store.get(ciOf().repository);
      const newest = [...repository.tables.runs.values()].findLast((one) => one.headSha === sha);
      if (newest === undefined) throw new Error(`CI has not run for ${sha}`);
      return workflowRunPayload(endpoint, store, repository, newest);
    },
    releases: () => all.flatMap((ci) => listReleases(store.get(ci.repository), ci)),
    close: async () => {
      await listener.close();
      await store.close();
    },
  };
}

/** The API is at the root, as that of github.com, and below `/api/v3`, as that of a GitHub Enterprise Server. */
function createHandler(world: World, { attestations = async () => [], ...known }: GitHubOptions) {
  const answerGit = createGitHttp(world.store, join(known.dataDir, 'git'));
  const downloads = new ArtifactDownloads(world);
  const routes = [
    ...gitDataRoutes(world),
    ...refRoutes(world),
    ...checkRoutes(world),
    ...commitRoutes(world),
    ...deploymentRoutes(world),
    ...actionsRoutes(world, downloads),
    ...attestationRoutes(world, attestations),
    ...issueRoutes(world),
    singleCommitRoute(world),
  ];
  const countRequest = rateLimit();
  const installations = new InstallationTokens(known.apps ?? [], known.now ?? Date.now);
  return async (asked: ServiceRequest): Promise<ServiceAnswer> => {
    const request = { ...asked, path: asked.path.replace(/^\/api\/v3(?=\/)/, '') };
    const download = downloads.answer(request);
    if (download) return download;
    const page = await webPage(routes, request, login);
    if (page) return page;
    const made = installations.answer(request);
    if (made) return { ...made, headers: { ...made.headers, ...countRequest() } };
    const git = gitRequestOf(request);
    if (git) {
      const read = { ...request, method: 'GET', path: `/repos/${git.repository}/contents` };
      const { refused } = authenticate(read, known, installations);
      if (refused) return refused.status === 401 ? signIn : refused;
      return answerGit(git, request);
    }
    const { refused, headers = {} } = authenticate(request, known, installations);
    const answer = refused ?? (await dispatch(routes, request, callerOf(request)));
    return { ...answer, headers: { ...answer.headers, ...headers, ...countRequest() } };
  };
}

/** Whose token it would be: the sandbox has one for everybody, and its holder may say who pushes. */
function callerOf({ headers }: ServiceRequest): string {
  const given = headers['x-sandbox-login'];
  return typeof given === 'string' && given !== '' ? given : login;
}

/** GitHub's refusal; none for a known token that may do this. A classic token is told its scopes with each answer. */
function authenticate(
  request: ServiceRequest,
  { tokens, readers = [], limited = [] }: Pick<GitHubOptions, 'tokens' | 'readers' | 'limited'>,
  installations: InstallationTokens,
): { refused?: ServiceAnswer | undefined; headers?: Record<string, string> } {
  const header = request.headers.authorization;
  if (header === undefined) return { refused: errorAnswer(new GitHubError(401, 'Requires authentication')) };
  const token = /^(?:bearer|token) +(.+)$/i.exec(header)?.[1] ?? passwordOf(header);
  if (token !== undefined && tokens.includes(token)) return {};
  const known = [...readers.map((reader) => ({ token: reader, permissions: readsEverything })), ...limited];
  const found = known.find((one) => one.token === token) ?? installations.find(token ?? '');
  if (found === undefined) return { refused: errorAnswer(new GitHubError(401, 'Bad credentials')) };
  const headers = 'scopes' in found ? { headers: { 'x-oauth-scopes': found.scopes.join(', ') } } : {};
  return { refused: refuse(request, found), ...headers };
}

/** The password of basic authentication, in which Git sends a token with any name. */
function passwordOf(header: string): string | undefined {
  const encoded = /^basic +(.+)$/i.exec(header)?.[1] ?? '';
  return /^[^:]*:(.+)$/.exec(Buffer.from(encoded, 'base64').toString())?.[1];
}

/** GitHub's hourly allowance, counted and shown but never enforced. */
function rateLimit(): () => Record<string, string> {
  const limit = 5000;
  let used = 0;
  let reset = 0;
  return () => {
    const now = Math.floor(Date.now() / 1000);
    if (now >= reset) [used, reset] = [0, now + 3600];
    used += 1;
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - used)),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    };
  };
}

/** A process that died between a push and its CI run owes that run. */
async function finishInterruptedPush(world: World, ci: CiOptions): Promise<void> {
  const repository = world.store.repositories.get(ci.repository);
  const head = repository?.refs.get(`heads/${ci.branch}`);
  if (repository === undefined || head === undefined) return;
  const known = [...repository.tables.runs.values()].some((run) => run.headSha === head);
  if (!known) await world.onPush(repository, ci.branch, head, login);
}
