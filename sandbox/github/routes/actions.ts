import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ServiceAnswer, ServiceRequest } from '../../aws/listener.ts';
import type { Repository } from '../github-store.ts';
import { jobsOf, runNow } from '../jobs.ts';
import { presentArtifact, presentJob, presentRun, presentWorkflow } from '../present-ci.ts';
import { type Call, GitHubError, notFound, page, type Reply, type Route, route } from '../router.ts';
import type { RunRow } from '../rows.ts';
import { idOf, matches, repositoryOf, type World } from '../world.ts';

/** Workflow runs, their jobs and their artifacts. */
export const actionsRoutes = (world: World, downloads: ArtifactDownloads): Route[] => [
  route('GET', '/repos/{owner}/{repo}/actions/runs', (call) => listRuns(world, call)),
  route('GET', '/repos/{owner}/{repo}/actions/runs/{id}', (call) => {
    const { repository, run } = runOf(world, call);
    return { json: presentRun(world.endpoint(), world.store, repository, run) };
  }),
  route('GET', '/repos/{owner}/{repo}/actions/runs/{id}/attempts/{attempt}', (call) => {
    const { repository, run } = runOf(world, call);
    const found = [run, ...run.earlier].find((one) => one.attempt === idOf(call, 'attempt'));
    if (found === undefined) throw notFound();
    return { json: presentRun(world.endpoint(), world.store, repository, found) };
  }),
  route('GET', '/repos/{owner}/{repo}/actions/runs/{id}/jobs', (call) => {
    const { repository, run } = runOf(world, call);
    const attempts = call.query.get('filter') === 'all' ? [run, ...run.earlier] : [run];
    return listJobs(world, call, repository, run, attempts);
  }),
  route('GET', '/repos/{owner}/{repo}/actions/runs/{id}/attempts/{attempt}/jobs', (call) => {
    const { repository, run } = runOf(world, call);
    const found = [run, ...run.earlier].find((one) => one.attempt === idOf(call, 'attempt'));
    if (found === undefined) throw notFound();
    return listJobs(world, call, repository, run, [found]);
  }),
  route('POST', '/repos/{owner}/{repo}/actions/runs/{id}/rerun', async (call) => {
    const { repository, run } = runOf(world, call);
    await world.onRerun(repository, run, call.login);
    return { status: 201, json: {} };
  }),
  route('GET', '/repos/{owner}/{repo}/actions/runs/{id}/artifacts', (call) => {
    const { run } = runOf(world, call);
    return listArtifacts(world, call, (runId) => runId === run.id);
  }),
  route('GET', '/repos/{owner}/{repo}/actions/artifacts', (call) => listArtifacts(world, call, () => true)),
  route('GET', '/repos/{owner}/{repo}/actions/artifacts/{id}', (call) => {
    const { repository, artifact } = artifactOf(world, call);
    return { json: presentArtifact(world.endpoint(), world.store, repository, artifact) };
  }),
  route('GET', '/repos/{owner}/{repo}/actions/artifacts/{id}/zip', (call) => {
    const { artifact } = artifactOf(world, call);
    if (Date.parse(artifact.expiresAt) <= Date.now()) throw new GitHubError(410, 'Artifact has expired');
    return { status: 302, headers: { location: `${world.endpoint()}${downloads.sign(artifact.id)}` } };
  }),
  route('GET', '/repos/{owner}/{repo}/actions/workflows/{id}', (call) => {
    const repository = repositoryOf(world, call);
    const shown = [...repository.tables.runs.values()].map((run) => presentWorkflow(world.endpoint(), repository, run));
    const found = shown.find((one) => String(one.id) === call.params.id || one.path.endsWith(`/${call.params.id}`));
    if (found === undefined) throw notFound();
    return { json: found };
  }),
];

function listRuns(world: World, call: Call): Reply {
  const repository = repositoryOf(world, call);
  const found = [...repository.tables.runs.values()]
    .filter((run) => matches(call, 'head_sha', run.headSha) && matches(call, 'branch', run.headBranch))
    .filter((run) => matches(call, 'event', run.event) && matches(call, 'actor', run.actor))
    // `status` takes a conclusion too.
    .map((run) => ({ run, now: runNow(repository, run) }))
    .filter(({ now }) => matches(call, 'status', now.status) || matches(call, 'status', now.conclusion))
    .map(({ run }) => run)
    .sort((a, b) => b.id - a.id);
  const { items, headers } = page(found, call, world.endpoint());
  const workflow_runs = items.map((run) => presentRun(world.endpoint(), world.store, repository, run));
  return { headers, json: { total_count: found.length, workflow_runs } };
}

function listJobs(
  world: World,
  call: Call,
  repository: Repository,
  run: RunRow,
  attempts: readonly Omit<RunRow, 'earlier'>[],
): Reply {
  const found = attempts.flatMap((attempt) => jobsOf(repository, attempt));
  const { items, headers } = page(found, call, world.endpoint());
  const jobs = items.map((job) => presentJob(world.endpoint(), repository, run, job));
  return { headers, json: { total_count: found.length, jobs } };
}

function runOf(world: World, call: Call) {
  const repository = repositoryOf(world, call);
  const run = repository.tables.runs.get(idOf(call, 'id'));
  if (run === undefined) throw notFound();
  return { repository, run };
}

function artifactOf(world: World, call: Call) {
  const repository = repositoryOf(world, call);
  const artifact = repository.tables.artifacts.get(idOf(call, 'id'));
  if (artifact === undefined) throw notFound();
  return { repository, artifact };
}

function listArtifacts(world: World, call: Call, ofRun: (runId: number) => boolean): Reply {
  const repository = repositoryOf(world, call);
  const found = [...repository.tables.artifacts.values()]
    .filter((one) => ofRun(one.runId) && matches(call, 'name', one.name))
    .sort((a, b) => b.id - a.id);
  const { items, headers } = page(found, call, world.endpoint());
  const artifacts = items.map((one) => presentArtifact(world.endpoint(), world.store, repository, one));
  return { headers, json: { total_count: found.length, artifacts } };
}

/** Downloads need no token, like GitHub's: the address itself is signed and good for one minute. */
export class ArtifactDownloads {
  readonly #world: World;
  readonly #key = randomBytes(32);

  constructor(world: World) {
    this.#world = world;
  }

  /** The path with its query for the download of an artifact. */
  sign(artifactId: number): string {
    const expires = Date.now() + 60_000;
    return `/_downloads/artifacts/${artifactId}?expires=${expires}&signature=${this.#signature(artifactId, expires)}`;
  }

  /** The zip, or undefined for a request that is for something else. */
  answer(request: ServiceRequest): ServiceAnswer | undefined {
    const id = Number(/^\/_downloads\/artifacts\/(\d+)$/.exec(request.path)?.[1]);
    if (Number.isNaN(id) || request.method !== 'GET') return undefined;
    const expires = Number(request.query.get('expires'));
    const given = Buffer.from(request.query.get('signature') ?? '');
    const expected = Buffer.from(this.#signature(id, expires));
    const valid = given.length === expected.length && timingSafeEqual(given, expected) && expires > Date.now();
    const rows = [...this.#world.store.repositories.values()].map((one) => one.tables.artifacts.get(id));
    const zip = rows.find((row) => row !== undefined)?.zip;
    if (!valid || zip === undefined) return { status: 403, body: 'This download link is not valid (any more).\n' };
    return { status: 200, headers: { 'content-type': 'application/zip' }, body: Buffer.from(zip, 'base64') };
  }

  #signature(id: number, expires: number): string {
    return createHmac('sha256', this.#key).update(`${id} ${expires}`).digest('hex');
  }
}
