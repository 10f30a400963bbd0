import { beforeEach, describe, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';

const { pipeline } = observedSandbox('--no-load');

describe('deliveries of GitHub', () => {
  beforeEach(() => pipeline.toRest());

  it('refuses a forged signature, and none, and starts nothing', async () => {
    const payload = await pipeline.workflowRunPayload();

    const forged = await pipeline.deliver(payload, `sha256=${'0'.repeat(64)}`);
    const unsigned = await pipeline.deliver(payload, null);

    expect([forged.status, unsigned.status]).toEqual([401, 401]);
    expect(await pipeline.operations()).toEqual([]);
  });

  it('makes one operation of the same delivery five times at once', async () => {
    const payload = await pipeline.workflowRunPayload();

    const answers = await Promise.all(Array.from({ length: 5 }, () => pipeline.deliver(payload)));

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    const { id } = await pipeline.firstOperation();
    await pipeline.inState(id, 'awaiting-approval');
    expect(await pipeline.operations()).toHaveLength(1);
    const approvers = ['ana@example.com', 'ben@example.com', 'cleo@example.com'];
    expect((await pipeline.linksOf('v2.1.0', approvers)).size).toBe(3);
    expect((await pipeline.mails()).filter(({ body }) => body.text.includes('/approvals/'))).toHaveLength(3);
  });
});
