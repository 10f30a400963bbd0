import { afterEach, describe, expect, it } from '@jest/globals';
import { finish, type Observed, startObserved } from '../support/observed-sandbox.ts';

let observed: Observed | null = null;
afterEach(async () => {
  const last = observed;
  observed = null;
  if (last !== null) await finish(last);
}, 120_000);

describe('kill -9 of the whole sandbox', () => {
  it('while it waits for approval: the same links still approve, and the operation ends as it would have', async () => {
    observed = await startObserved();
    const { sandbox, pipeline } = observed;
    await pipeline.deliver(await pipeline.workflowRunPayload());
    const { id } = await pipeline.firstOperation();
    await pipeline.inState(id, 'awaiting-approval');
    const approvers = ['ana@example.com', 'cleo@example.com'];
    const links = await pipeline.linksOf('v2.1.0', approvers);

    await sandbox.killAndRestart();
    for (const approver of approvers) {
      const answer = await pipeline.decide(links.get(approver) ?? '', {
        decision: 'approve',
        version: 'v2.1.0',
        reason: '',
      });
      expect(answer.status).toBe(200);
    }

    expect((await pipeline.ended(id, 150_000)).outcome).toBe('succeeded');
    expect((await pipeline.service()).environments).toMatchObject({ green: { weight: 100, version: 'v2.1.0' } });
  }, 240_000);

  it('while it waits for the sync', async () => {
    observed = await startObserved();
    const { sandbox, pipeline } = observed;
    await pipeline.deliver(await pipeline.workflowRunPayload());
    const { id } = await pipeline.firstOperation();
    await pipeline.approveAll('v2.1.0');
    await pipeline.inState(id, 'syncing');

    await sandbox.killAndRestart();

    expect((await pipeline.ended(id, 150_000)).outcome).toBe('succeeded');
    expect((await pipeline.service()).active).toBe('green');
  }, 240_000);

  it('between two traffic steps', async () => {
    observed = await startObserved();
    const { sandbox, pipeline } = observed;
    await pipeline.deliver(await pipeline.workflowRunPayload());
    const { id } = await pipeline.firstOperation();
    await pipeline.approveAll('v2.1.0');
    await pipeline.weightReached('green', 25);

    await sandbox.killAndRestart();

    const weights = (await pipeline.service()).environments;
    expect(weights.blue.weight + weights.green.weight).toBe(100);
    expect(weights.green.weight).toBeGreaterThanOrEqual(25);
    expect((await pipeline.ended(id, 150_000)).outcome).toBe('succeeded');
    expect((await pipeline.service()).active).toBe('green');
  }, 240_000);
});
