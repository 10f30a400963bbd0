import * as z from 'zod';
import { presentCheckRun } from '../present-ci.ts';
import { isoSeconds } from '../present-commit.ts';
import { type Call, GitHubError, notFound, page, parseInput, type Reply, type Route, route } from '../router.ts';
import type { CheckRunRow } from '../rows.ts';
import { idOf, matches, repositoryOf, type World } from '../world.ts';
import { commitNamed } from './commits.ts';

const conclusions = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'timed_out',
  'action_required',
  'skipped',
  'stale',
] as const;
const Fields = z.object({
  status: z.enum(['queued', 'in_progress', 'completed']).optional(),
  conclusion: z.enum(conclusions).optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  output: z.object({ title: z.string(), summary: z.string() }).partial().optional(),
});
const NewCheckRun = Fields.extend({ name: z.string().min(1), head_sha: z.string() });

/** Check runs of a commit. */
export const checkRoutes = (world: World): Route[] => [
  route('GET', '/repos/{owner}/{repo}/commits/{ref+}/check-runs', (call) => listCheckRuns(world, call)),
  route('POST', '/repos/{owner}/{repo}/check-runs', (call) => createCheckRun(world, call)),
  route('GET', '/repos/{owner}/{repo}/check-runs/{id}', (call) => {
    const repository = repositoryOf(world, call);
    const found = repository.tables.checkRuns.get(idOf(call, 'id'));
    if (found === undefined) throw notFound();
    return { json: presentCheckRun(world.endpoint(), repository, found) };
  }),
  route('PATCH', '/repos/{owner}/{repo}/check-runs/{id}', async (call) => {
    const repository = repositoryOf(world, call);
    const found = repository.tables.checkRuns.get(idOf(call, 'id'));
    if (found === undefined) throw notFound();
    if (found.app !== call.login) {
      const message = 'check run can only be modified by the GitHub App that created it.';
      throw new GitHubError(403, `Invalid app_id \`${call.login}\` - ${message}`);
    }
    const row = withFields(found, parseInput(Fields, call.body));
    await world.store.write((editor) => editor.put(repository, 'checkRuns', row));
    return { json: presentCheckRun(world.endpoint(), repository, row) };
  }),
];

function listCheckRuns(world: World, call: Call): Reply {
  const repository = repositoryOf(world, call);
  const sha = commitNamed(repository, call.params.ref ?? '');
  const all = [...repository.tables.checkRuns.values()]
    .filter((one) => one.headSha === sha)
    .filter((one) => matches(call, 'check_name', one.name) && matches(call, 'status', one.status))
    .sort((a, b) => b.id - a.id);
  const found = call.query.get('filter') === 'all' ? all : latestOfEach(all);
  const { items, headers } = page(found, call, world.endpoint());
  const check_runs = items.map((one) => presentCheckRun(world.endpoint(), repository, one));
  return { headers, json: { total_count: found.length, check_runs } };
}

/** GitHub shows the newest run of each name and app unless asked for all. */
function latestOfEach(newestFirst: readonly CheckRunRow[]): CheckRunRow[] {
  const seen = new Set<string>();
  return newestFirst.filter((one) => {
    const key = `${one.app}/${one.name}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

async function createCheckRun(world: World, call: Call): Promise<Reply> {
  const repository = repositoryOf(world, call);
  const { name, head_sha, ...fields } = parseInput(NewCheckRun, call.body);
  const headSha = commitNamed(repository, head_sha);
  const now = isoSeconds(Date.now());
  const empty = { status: 'queued', conclusion: null, startedAt: now, completedAt: null, externalId: '' } as const;
  const output = { title: null, summary: null };
  const row = await world.store.write((editor) => {
    const fresh = { ...empty, id: editor.nextId(), headSha, name, app: call.login, detailsUrl: null, output };
    const made = withFields(fresh, fields);
    editor.put(repository, 'checkRuns', made);
    return made;
  });
  return { status: 201, json: presentCheckRun(world.endpoint(), repository, row) };
}

/** A conclusion completes a check; a completed check needs one. */
function withFields(row: CheckRunRow, given: z.infer<typeof Fields>): CheckRunRow {
  const conclusion = given.conclusion ?? (given.status && given.status !== 'completed' ? null : row.conclusion);
  const status = given.conclusion === undefined ? (given.status ?? row.status) : 'completed';
  if (status === 'completed' && conclusion === null) {
    throw new GitHubError(422, 'Invalid request.\n\nIf "status" is "completed", "conclusion" is required.');
  }
  const completedAt = status === 'completed' ? (given.completed_at ?? row.completedAt ?? isoSeconds(Date.now())) : null;
  return {
    ...row,
    status,
    conclusion,
    completedAt,
    startedAt: given.started_at ?? row.startedAt,
    externalId: given.external_id ?? row.externalId,
    detailsUrl: given.details_url ?? row.detailsUrl,
    output: { title: given.output?.title ?? row.output.title, summary: given.output?.summary ?? row.output.summary },
  };
}
