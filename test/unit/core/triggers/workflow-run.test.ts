import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { type WorkflowRunEvent, workflowRunEventSchema } from '../../../../contracts/events/github-workflow-run.ts';
import { workflowRunTriggerSchema } from '../../../../contracts/trigger.ts';
import { decideWorkflowRun } from '../../../../core/triggers/workflow-run.ts';

interface Example {
  name: string;
  examples: unknown[];
}

const require = createRequire(import.meta.url);
const examplesOf = (folder: string): unknown[] => {
  // the package's own index, a list of events with their examples
  const events = require(`@octokit/webhooks-examples/${folder}/index.json`) as Example[];
  return events.find(({ name }) => name === 'workflow_run')?.examples ?? [];
};
const real = ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35'].flatMap(examplesOf);

const services = [
  {
    name: 'chest-xray-mlops',
    repository: 'Example/chest-xray-mlops',
    trigger: {
      workflow: '.github/workflows/ci.yml',
      branch: 'main',
      hotfixBranches: [] as string[],
      mergeQueue: false,
    },
  },
];
const run: WorkflowRunEvent['workflow_run'] = {
  id: 42,
  run_attempt: 1,
  event: 'push',
  conclusion: 'success',
  head_branch: 'main',
  head_sha: 'a'.repeat(40),
  head_repository: { id: 7 },
  path: '.github/workflows/ci.yml',
  html_url: 'https://github.com/example/chest-xray-mlops/actions/runs/42',
  actor: { login: 'ana' },
  triggering_actor: { login: 'ben' },
};
const event = (changes: Partial<typeof run> = {}, outer: Partial<WorkflowRunEvent> = {}): WorkflowRunEvent => ({
  action: 'completed',
  repository: { id: 7, full_name: 'example/chest-xray-mlops' },
  workflow: { path: '.github/workflows/ci.yml' },
  workflow_run: { ...run, ...changes },
  ...outer,
});
const nameFor = (of: WorkflowRunEvent) => {
  const decision = decideWorkflowRun({ services }, of);
  return decision.kind === 'start' ? decision.executionName : decision.reason;
};

it('every example of GitHub is understood', () => {
  expect(real.length).toBeGreaterThanOrEqual(5);
  for (const payload of real) expect(workflowRunEventSchema.safeParse(payload).error).toBeUndefined();
});

it('a real successful run, were it a push, would start its service', () => {
  const parsed = real.map((payload) => workflowRunEventSchema.parse(payload));
  const success = parsed.find((one) => one.action === 'completed' && one.workflow_run.conclusion === 'success');
  if (!success) throw new Error('no example of a success');
  const repository = success.repository.full_name;
  const known = [
    {
      name: 'service',
      repository,
      trigger: { workflow: '.github/workflows/test.yml', branch: 'master', hotfixBranches: [], mergeQueue: false },
    },
  ];

  expect(decideWorkflowRun({ services: known }, success)).toMatchObject({
    kind: 'ignore',
    reason: /repository_dispatch/,
  });
  success.workflow_run.event = 'push';
  expect(decideWorkflowRun({ services: known }, success)).toMatchObject({ kind: 'start', service: 'service' });
});

describe('a completed, successful push to the branch', () => {
  it('starts the service with who triggered it and its commit', () => {
    const decision = decideWorkflowRun({ services }, event());

    expect(decision).toMatchObject({
      kind: 'start',
      service: 'chest-xray-mlops',
      trigger: { actor: 'ben', runId: 42 },
    });
    if (decision.kind === 'start') expect(workflowRunTriggerSchema.parse(decision.trigger)).toEqual(decision.trigger);
  });

  it('has one name however often it is delivered, and another for another attempt (I10)', () => {
    expect(nameFor(event())).toMatch(/^[a-z0-9-]{1,80}$/);
    expect(nameFor(event())).toBe(nameFor(event()));
    expect(nameFor(event({ run_attempt: 2 }))).not.toBe(nameFor(event()));
  });

  it('is recognised by the path in older and newer payloads', () => {
    expect(decideWorkflowRun({ services }, event({ path: null })).kind).toBe('start');
    expect(decideWorkflowRun({ services }, event({ path: '.github/workflows/ci.yml@refs/heads/main' })).kind).toBe(
      'start',
    );
  });
});

describe('nothing starts for', () => {
  it.each<[string, WorkflowRunEvent, RegExp]>([
    ['a run in progress', event({}, { action: 'in_progress' }), /in_progress/],
    ['a failed run', event({ conclusion: 'failure' }), /failure/],
    ['a pull request', event({ event: 'pull_request' }), /pull_request/],
    ['a fork, whatever its name', event({ head_repository: { id: 8 } }), /fork/],
    ['a deleted fork', event({ head_repository: null }), /fork/],
    ['another workflow', event({ path: '.github/workflows/docs.yml' }), /docs\.yml/],
    ['a workflow without a path', event({ path: null }, { workflow: null }), /without a path/],
    ['another branch', event({ head_branch: 'feature' }), /feature/],
    ['an unknown repository', event({}, { repository: { id: 7, full_name: 'example/other' } }), /other/],
  ])('%s', (_name, one, reason) => {
    const decision = decideWorkflowRun({ services }, one);

    expect(decision).toEqual({ kind: 'ignore', reason: expect.stringMatching(reason) });
  });
});

describe('hotfix branches and the merge queue', () => {
  const [first] = services;
  if (first === undefined) throw new Error('there is no service');
  const trigger = { ...first.trigger, hotfixBranches: ['hotfix/**', 'urgent'], mergeQueue: true };
  const configured = [{ ...first, trigger }];
  const queued = { event: 'merge_group', head_branch: `gh-readonly-queue/main/pr-12-${'b'.repeat(40)}` };
  const of = (changes: Partial<typeof run>) => decideWorkflowRun({ services: configured }, event(changes));

  it.each<[string, Partial<typeof run>]>([
    ['the deployed branch', {}],
    ['a branch of a folder', { head_branch: 'hotfix/2026/crash' }],
    ['a branch by its name', { head_branch: 'urgent' }],
    ['the merge queue of the deployed branch', queued],
  ])('a run on %s starts the service, and says where it was', (_name, changes) => {
    expect(of(changes)).toMatchObject({ kind: 'start', trigger: { branch: changes.head_branch ?? 'main' } });
  });

  it.each<[string, Partial<typeof run>, RegExp]>([
    ['a fork on such a branch', { head_branch: 'hotfix/x', head_repository: { id: 8 } }, /fork/],
    ['a pull request from such a branch', { head_branch: 'hotfix/x', event: 'pull_request' }, /pull_request/],
    ['a branch that only begins like it', { head_branch: 'hotfixes/x' }, /hotfixes\/x/],
    ['the folder itself', { head_branch: 'hotfix' }, /branch hotfix/],
    ['the queue of another branch', { ...queued, head_branch: queued.head_branch.replace('main', 'next') }, /next/],
    ['a queue run that says it is of the branch', { ...queued, head_branch: 'main' }, /branch main/],
    ['a push that calls itself a queue', { ...queued, event: 'push' }, /gh-readonly-queue/],
    ['a fork in the queue', { ...queued, head_repository: { id: 8 } }, /fork/],
    ['a queue run that failed', { ...queued, conclusion: 'failure' }, /failure/],
  ])('nothing starts for %s', (_name, changes, reason) => {
    expect(of(changes)).toEqual({ kind: 'ignore', reason: expect.stringMatching(reason) });
  });

  it('neither starts anything where it is not configured', () => {
    expect(decideWorkflowRun({ services }, event(queued))).toMatchObject({
      kind: 'ignore',
      reason: expect.stringMatching(/mergeQueue/),
    });
    const hotfix = event({ head_branch: 'hotfix/x' });
    expect(decideWorkflowRun({ services }, hotfix)).toMatchObject({
      kind: 'ignore',
      reason: expect.stringMatching(/hotfix\/x/),
    });
  });
});
