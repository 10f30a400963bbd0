import { beforeEach, describe, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import type { WorkflowRunPayload } from '../../support/pipeline.ts';

const { pipeline } = observedSandbox('--no-load');
beforeEach(() => pipeline.toRest());

const changed = (payload: WorkflowRunPayload, change: (payload: WorkflowRunPayload) => void): WorkflowRunPayload => {
  const copy = structuredClone(payload);
  change(copy);
  return copy;
};

describe('what starts nothing', () => {
  const refusals: readonly [string, RegExp, (payload: WorkflowRunPayload) => void][] = [
    [
      'another repository',
      /example\/other/,
      ({ repository }) => Object.assign(repository, { full_name: 'example/other', id: 1 }),
    ],
    [
      'a fork’s branch named main',
      /fork|repository/i,
      ({ workflow_run }) => Object.assign(workflow_run.head_repository, { id: 412_000_103 }),
    ],
    ['another branch', /branch/i, ({ workflow_run }) => Object.assign(workflow_run, { head_branch: 'feature' })],
    [
      'another workflow',
      /workflow/i,
      ({ workflow_run, workflow }) => {
        Object.assign(workflow_run, { path: '.github/workflows/nightly.yml' });
        Object.assign(workflow, { path: '.github/workflows/nightly.yml' });
      },
    ],
    [
      'a pull request’s run',
      /event|push/i,
      ({ workflow_run }) => Object.assign(workflow_run, { event: 'pull_request' }),
    ],
    [
      'a failed run',
      /conclusion|failure|success/i,
      ({ workflow_run }) => Object.assign(workflow_run, { conclusion: 'failure' }),
    ],
  ];

  it.each(refusals)('%s is answered with its reason', async (_, reason, change) => {
    const before = await pipeline.operations();
    const answer = await pipeline.deliver(changed(await pipeline.workflowRunPayload(), change));

    const body = (await answer.json()) as { accepted: boolean; reason: string }; // the webhook's own answer
    expect(answer.status).toBe(202);
    expect(body.accepted).toBe(false);
    expect(body.reason).toMatch(reason);
    expect(await pipeline.operations()).toHaveLength(before.length);
    const { deliveries } = await pipeline.api<{ deliveries: object[] }>('/api/deliveries');
    expect(deliveries[0]).toMatchObject({ source: 'github', accepted: 'ignored', reason: body.reason });
  });

  it('an outsized body is 413, one that is no JSON is 400', async () => {
    const huge = await pipeline.deliver({ padding: 'x'.repeat(2 * 1024 * 1024) });
    const shapeless = await pipeline.deliver({ nothing: 'of it' });

    expect([huge.status, shapeless.status]).toEqual([413, 400]);
  });
});

describe('approvals', () => {
  /** Has CI build a version and deliver it, and waits until people are asked. */
  async function waiting(version: string): Promise<string> {
    const { workflowRunPayload } = await pipeline.release(version);
    const answer = await pipeline.deliver(workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    await pipeline.inState(operation, 'awaiting-approval');
    return operation;
  }
  const linkOf = async (version: string, approver: string) =>
    (await pipeline.linksOf(version, [approver])).get(approver) ?? '';

  it('a link that is altered by one character is unknown, and a wrong version changes nothing', async () => {
    const id = await waiting('v2.2.0');
    const link = await linkOf('v2.2.0', 'ana@example.com');
    const altered = link.slice(0, -1) + (link.endsWith('A') ? 'B' : 'A');

    const unknown = await pipeline.decide(altered, { decision: 'approve', version: 'v2.2.0', reason: '' });
    const wrong = await pipeline.decide(link, { decision: 'approve', version: 'v2.2.00', reason: '' });
    const silent = await pipeline.decide(link, { decision: 'reject', version: 'v2.2.0', reason: '' });

    expect([unknown.status, wrong.status, silent.status]).toEqual([404, 422, 422]);
    expect((await pipeline.operation(id)).state).toBe('awaiting-approval');
  });

  it('of opposite decisions by the same link at once exactly one counts', async () => {
    await waiting('v2.3.0');
    const link = await linkOf('v2.3.0', 'ben@example.com');

    const answers = await Promise.all([
      pipeline.decide(link, { decision: 'approve', version: 'v2.3.0', reason: '' }),
      pipeline.decide(link, { decision: 'reject', version: 'v2.3.0', reason: 'recall is too low' }),
    ]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('a newer release supersedes one that waits, and its links say by what', async () => {
    const older = await waiting('v2.4.0');
    const link = await linkOf('v2.4.0', 'ana@example.com');
    await waiting('v2.5.0');

    const ended = await pipeline.ended(older);
    const late = await pipeline.decide(link, { decision: 'approve', version: 'v2.4.0', reason: '' });

    expect(ended.outcome).toBe('superseded');
    expect(ended.reason).toContain('v2.5.0');
    expect(late.status).toBe(409);
    expect(await late.text()).toContain('v2.5.0');
  });

  it('a release older than the one that waits is refused', async () => {
    await waiting('v2.6.0');
    const { workflow_runs } = await pipeline.github<{ workflow_runs: { id: number; head_sha: string }[] }>(
      `/actions/runs?head_sha=${(await pipeline.github<{ sha: string }>('/commits/v2.0.4')).sha}`,
    );
    const payload = await pipeline.workflowRunPayload();
    Object.assign(payload.workflow_run, { id: workflow_runs[0]?.id, head_sha: workflow_runs[0]?.head_sha });

    const started = (await (await pipeline.deliver(payload)).json()) as { operation: string };
    const ended = await pipeline.ended(started.operation);

    expect(ended.outcome).not.toBe('succeeded');
    expect(ended.reason).toMatch(/older/);
    expect((await pipeline.service()).environments.blue).toMatchObject({ weight: 100, version: 'v2.0.5' });
  });
});
