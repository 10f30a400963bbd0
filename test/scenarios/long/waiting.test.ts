import { beforeEach, describe, expect, it } from 'vitest';
import { type Observed, observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';

const deployBy =
  ({ pipeline }: Observed) =>
  async (more: object = {}, user = 'dana@example.com') => {
    const answer = await pipeline.post(
      '/api/deployments',
      { service: 'chest-xray-mlops', version: 'v2.1.0', ...more },
      user,
    );
    expect(answer.status).toBe(202);
    return String(answer.body.operation);
  };
const untouchedBy =
  ({ pipeline }: Observed) =>
  async () => {
    await pipeline.lockFree();
    const { environments } = await pipeline.service();
    expect(environments).toMatchObject({ blue: { weight: 100, version: 'v2.0.5' }, green: { weight: 0 } });
  };

describe('approvals that end soon', () => {
  const observed = observedSandbox(
    '--no-load',
    ...configured({ ...quick, 'approvals.expire': '6s', 'approvals.remind': '3s', 'approvals.recheck': '1s' }),
  );
  const { pipeline } = observed;
  const deploy = deployBy(observed);
  const untouched = untouchedBy(observed);

  it('an approval that nobody gives expires, and its links say so afterwards', async () => {
    const id = await deploy();
    await pipeline.inState(id, 'awaiting-approval');
    const link = (await pipeline.linksOf('v2.1.0', ['ana@example.com'])).get('ana@example.com') ?? '';

    const ended = await pipeline.ended(id);
    const late = await pipeline.decide(link, { decision: 'approve', version: 'v2.1.0', reason: '' });

    expect(ended).toMatchObject({ outcome: 'expired', reason: expect.stringContaining('Not enough approvals by') });
    expect(late.status).toBe(410);
    expect(await late.text()).toContain('expired');
    expect((await pipeline.operation(id)).outcome).toBe('expired');
    await untouched();
  });
});

describe('a window that does not open', () => {
  // Open for a second every 29th of February, so closed; it is waited for a few seconds only.
  const observed = observedSandbox(
    '--no-load',
    ...configured({
      ...quick,
      'deadlines.window': '12s',
      'deadlines.lock': '1m',
      windows: [{ kind: 'allow', schedule: '0 0 29 2 *', duration: '1s', timeZone: 'UTC' }],
    }),
  );
  const { pipeline } = observed;
  const deploy = deployBy(observed);
  const untouched = untouchedBy(observed);
  beforeEach(() => pipeline.toRest());

  it('an approved release waits for its window, and ends when none opens in time', async () => {
    const id = await deploy();
    await pipeline.inState(id, 'awaiting-approval');
    await pipeline.approveAll('v2.1.0', id);
    await pipeline.inState(id, 'awaiting-window');

    const ended = await pipeline.ended(id);

    expect(ended).toMatchObject({ outcome: 'window-closed', reason: expect.stringContaining('No deployment window') });
    await untouched();
  });

  it('an administrator lets an approved release pass its window, with a reason, and its approvals stay', async () => {
    const closed = (await pipeline.service()).windows;
    expect(closed).toMatchObject({ state: 'closed', text: expect.stringContaining('the allow window "0 0 29 2 *"') });
    const id = await deploy();
    await pipeline.inState(id, 'awaiting-approval');
    await pipeline.approveAll('v2.1.0', id);
    await pipeline.inState(id, 'awaiting-window');
    const path = `/api/operations/${id}/override-window`;
    expect((await pipeline.post(path, { reason: 'it cannot wait' }, 'dana@example.com')).status).toBe(403);
    expect((await pipeline.post(path, { reason: '' })).status).toBe(400);

    expect((await pipeline.post(path, { reason: 'it cannot wait' })).status).toBe(200);

    await pipeline.inState(id, 'deploying');
    const { timeline, approvals } = await pipeline.operation(id);
    expect(approvals).toMatchObject({ state: 'approved' });
    expect(timeline.filter(({ action }) => action === 'override-window')).toMatchObject([
      { phase: 'intent', actor: 'ana@example.com', details: { reason: 'it cannot wait' } },
      { phase: 'result' },
    ]);
    expect((await pipeline.post(path, { reason: 'once more' })).status).toBe(200);
    await pipeline.post(`/api/operations/${id}/abort`, { reason: 'seen enough' });
    await pipeline.endsAs(id, 'aborted');
    expect((await pipeline.post(path, { reason: 'too late' })).status).toBe(409);
    await untouched();
  });

  it('an operation that waits for its window can be aborted, and a hotfix that says why passes outside of them', async () => {
    const waiting = await deploy();
    await pipeline.inState(waiting, 'awaiting-approval');
    await pipeline.approveAll('v2.1.0', waiting);
    await pipeline.inState(waiting, 'awaiting-window');
    expect((await pipeline.post(`/api/operations/${waiting}/abort`, { reason: 'not today' })).status).toBe(202);
    await pipeline.endsAs(waiting, 'aborted');
    await untouched();

    const silent = await pipeline.post('/api/deployments', {
      service: 'chest-xray-mlops',
      version: 'v2.1.0',
      type: 'hotfix',
    });
    expect(silent.status).toBe(400);
    expect(JSON.stringify(silent.body)).toContain('must say why it is a hotfix');
    const hotfix = await deploy(
      { type: 'hotfix', justification: 'the model crashes on empty images' },
      'ben@example.com',
    );
    await pipeline.inState(hotfix, 'awaiting-approval');
    await pipeline.approveAll('v2.1.0', hotfix);
    await pipeline.inState(hotfix, 'deploying');
    await pipeline.post(`/api/operations/${hotfix}/abort`, { reason: 'seen enough' });
    await pipeline.endsAs(hotfix, 'aborted');
    await untouched();
  });
});
