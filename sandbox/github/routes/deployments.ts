import * as z from 'zod';
import { addDeployment, addDeploymentStatus } from '../deployments.ts';
import { resolveCommit } from '../history.ts';
import { presentDeployment, presentDeploymentStatus } from '../present-ci.ts';
import { type Call, GitHubError, notFound, page, parseInput, type Reply, type Route, route } from '../router.ts';
import { idOf, matches, repositoryOf, type World } from '../world.ts';

const NewDeployment = z.object({
  ref: z.string(),
  environment: z.string().default('production'),
  task: z.string().default('deploy'),
  description: z.string().nullable().default(null),
  payload: z.unknown().optional(),
  required_contexts: z.array(z.string()).optional(),
  transient_environment: z.boolean().default(false),
  production_environment: z.boolean().optional(),
});
const states = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] as const;
const NewStatus = z.object({
  state: z.enum(states),
  description: z.string().max(140).default(''),
  environment: z.string().optional(),
  environment_url: z.string().default(''),
  log_url: z.string().default(''),
  auto_inactive: z.boolean().default(true),
});

/** Deployments and their statuses. */
export const deploymentRoutes = (world: World): Route[] => [
  route('GET', '/repos/{owner}/{repo}/deployments', (call) => {
    const repository = repositoryOf(world, call);
    const found = [...repository.tables.deployments.values()]
      .filter((one) => matches(call, 'sha', one.sha) && matches(call, 'ref', one.ref))
      .filter((one) => matches(call, 'environment', one.environment) && matches(call, 'task', one.task))
      .sort((a, b) => b.id - a.id);
    const { items, headers } = page(found, call, world.endpoint());
    return { headers, json: items.map((one) => presentDeployment(world.endpoint(), repository, one)) };
  }),
  route('POST', '/repos/{owner}/{repo}/deployments', (call) => createDeployment(world, call)),
  route('GET', '/repos/{owner}/{repo}/deployments/{id}', (call) => {
    const { repository, deployment } = deploymentOf(world, call);
    return { json: presentDeployment(world.endpoint(), repository, deployment) };
  }),
  route('GET', '/repos/{owner}/{repo}/deployments/{id}/statuses', (call) => {
    const { repository, deployment } = deploymentOf(world, call);
    const found = [...repository.tables.deploymentStatuses.values()]
      .filter((one) => one.deploymentId === deployment.id)
      .sort((a, b) => b.id - a.id);
    const { items, headers } = page(found, call, world.endpoint());
    return { headers, json: items.map((one) => presentDeploymentStatus(world.endpoint(), repository, one)) };
  }),
  route('POST', '/repos/{owner}/{repo}/deployments/{id}/statuses', (call) => createStatus(world, call)),
];

function deploymentOf(world: World, call: Call) {
  const repository = repositoryOf(world, call);
  const deployment = repository.tables.deployments.get(idOf(call, 'id'));
  if (deployment === undefined) throw notFound();
  return { repository, deployment };
}

async function createDeployment(world: World, call: Call): Promise<Reply> {
  const repository = repositoryOf(world, call);
  const input = parseInput(NewDeployment, call.body);
  const sha = resolveCommit(repository, input.ref);
  if (sha === undefined) throw new GitHubError(422, `No ref found for: ${input.ref}`);
  const row = await world.store.write((editor) =>
    addDeployment(editor, repository, {
      sha,
      ref: input.ref,
      task: input.task,
      environment: input.environment,
      description: input.description,
      payload: input.payload ?? {},
      creator: call.login,
      transient: input.transient_environment,
      production: input.production_environment ?? input.environment === 'production',
    }),
  );
  return { status: 201, json: presentDeployment(world.endpoint(), repository, row) };
}

async function createStatus(world: World, call: Call): Promise<Reply> {
  const { repository, deployment } = deploymentOf(world, call);
  const input = parseInput(NewStatus, call.body);
  const row = await world.store.write((editor) =>
    addDeploymentStatus(editor, repository, deployment, {
      state: input.state,
      description: input.description,
      environment: input.environment ?? deployment.environment,
      environmentUrl: input.environment_url,
      logUrl: input.log_url,
      creator: call.login,
      retires: input.auto_inactive ? 'earlier deployments' : 'nothing',
    }),
  );
  return { status: 201, json: presentDeploymentStatus(world.endpoint(), repository, row) };
}
