import { beforeEach, describe, expect, it } from 'vitest';
import { planSchema } from '../../../contracts/api/plan.ts';
import { type Observed, observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const service = 'chest-xray-mlops';

/** What these tests do to a sandbox, and what they look at. */
const steering = ({ pipeline }: Observed) => ({
  /** Starts a version that CI has built, as somebody who may call it a hotfix. */
  async start(version: string, more: object = {}): Promise<string> {
    const answer = await pipeline.post('/api/deployments', { service, version, ...more }, 'ben@example.com');
    expect(answer.status).toBe(202);
    return String(answer.body.operation);
  },
  paused: (id: string) =>
    until(`${id} is paused`, patienceMs, async () => {
      const operation = await pipeline.operation(id);
      if (operation.outcome !== null) throw new Error(`It ended as ${operation.outcome}: ${operation.reason}`);
      return operation.pausedBecause === null ? null : operation;
    }),
  /** Several intervals of a step, in which the next weight would come. */
  async keepsItsWeights() {
    const { environments } = await pipeline.service();
    const since = Date.now();
    await until('several intervals are over', patienceMs, async () => Date.now() - since > 8_000);
    const now = (await pipeline.service()).environments;
    expect([now.blue.weight, now.green.weight]).toEqual([environments.blue.weight, environments.green.weight]);
  },
  isPaged: (text: string) =>
    until(`the on-call is paged: ${text}`, patienceMs / 2, async () =>
      JSON.stringify(await pipeline.pages()).includes(text),
    ),
  resume: (id: string) =>
    pipeline.post(`/api/operations/${id}/resume`, { reason: 'it was looked at' }, 'dana@example.com'),
});

describe('a service that refuses outside its windows, and asks a person after a quarter of the traffic', () => {
  // Open for a second every 29th of February, so closed.
  const windows = [{ kind: 'allow', schedule: '0 0 29 2 *', duration: '1s', timeZone: 'UTC' }];
  const observed = observedSandbox(
    ...configured({
      ...quick,
      ...{ windows, outsideWindows: 'refuse' },
      ...{ 'traffic.steps': [25, 100], 'traffic.interval': '2s', 'traffic.pauseAfter': [25] },
      ...{ 'deadlines.window': '12s', 'deadlines.pause': '2m' },
    }),
  );
  const { pipeline } = observed;
  const { start, paused, keepsItsWeights, isPaged, resume } = steering(observed);
  const hotfix = { type: 'hotfix', justification: 'the model crashes on empty images' };
  /** A hotfix of this version, once it waits for somebody with a quarter of the traffic; and what it would replace. */
  async function asking(version: string) {
    await pipeline.release(version);
    const { active } = await pipeline.service();
    const id = await start(version, hotfix);
    await pipeline.approveAll(version, id);
    const { pausedBecause } = await paused(id);
    return { id, active, target: active === 'blue' ? ('green' as const) : ('blue' as const), pausedBecause };
  }
  beforeEach(() => pipeline.toRest());

  it('a release ends at once as its plan had said: nobody is asked, and nothing is touched', async () => {
    const plan = planSchema.parse(await pipeline.api(`/api/services/${service}/plan?version=v2.1.0`));
    const id = await start('v2.1.0');

    const ended = await pipeline.settled(id);

    expect(ended).toMatchObject({ outcome: 'window-closed', reason: expect.stringContaining('[WindowClosed]') });
    expect(plan.refusals).toEqual([ended.reason]);
    expect(plan.steps.map(({ weight, goesOn }) => `${weight} ${goesOn}`)).toEqual(['25 person', '100 by-itself']);
    expect(await pipeline.approvalLinks('v2.1.0', id)).toEqual(new Map());
    expect(ended.timeline.map(({ action }) => action)).not.toContain('set-weight');
    expect((await pipeline.service()).environments).toMatchObject({ blue: { weight: 100 }, green: { weight: 0 } });
  });

  it('a hotfix passes, stands at that step until somebody lets it go on, and then goes in', async () => {
    const { id, target, pausedBecause } = await asking('v2.3.0');
    expect(pausedBecause).toContain('a person is asked after 25 % (traffic.pauseAfter), and nothing is wrong with it');
    await isPaged('traffic.pauseAfter');
    await keepsItsWeights();
    expect((await pipeline.service()).environments[target].weight).toBe(25);

    expect(await resume(id)).toMatchObject({ status: 200 });

    const { timeline } = await pipeline.settlesAs(id, 'succeeded');
    const asked = timeline.filter(
      ({ action, phase }) => action === 'pause' || (action === 'resume' && phase === 'intent'),
    );
    expect(asked.map(({ action, actor }) => `${action} by ${actor}`)).toEqual([
      'pause by sluice',
      'resume by dana@example.com',
    ]);
    expect((await pipeline.service()).environments[target]).toMatchObject({ version: 'v2.3.0', weight: 100 });
  });

  it('a hotfix about which nobody decides goes back', async () => {
    const { id, active, target } = await asking('v2.4.0');

    const ended = await pipeline.settled(id);

    expect(ended.reason).toContain('nobody decided within 2 min');
    expect(ended.outcome).toBe('rolled-back');
    expect((await pipeline.service()).environments).toMatchObject({
      [active]: { weight: 100 },
      [target]: { weight: 0 },
    });
  });
});

describe('a service that waits for a person where nothing can be measured', () => {
  const observed = observedSandbox(
    ...configured({
      ...quick,
      ...{ 'traffic.steps': [50, 100], 'traffic.interval': '3s' },
      ...{ 'objectives.inconclusive.then': 'wait', 'objectives.inconclusive.deadline': '5s' },
      'deadlines.pause': '2m',
    }),
  );
  const { pipeline } = observed;
  const { paused, keepsItsWeights, isPaged, resume } = steering(observed);
  /** A release with half of the traffic, and nobody who could say how it does. */
  async function unmeasured(version: string): Promise<string> {
    const { active } = await pipeline.service();
    const id = await pipeline.begin(version);
    await pipeline.weightReached(active === 'blue' ? 'green' : 'blue', 50);
    await pipeline.dependency({ dependency: 'metrics', fault: 'unreachable' });
    const { pausedBecause } = await paused(id);
    expect(pausedBecause).toMatch(/no usable answer.*inconclusive for/);
    return id;
  }
  beforeEach(() => pipeline.toRest());

  it('stands with half of the traffic until the metrics are back and somebody lets it go on', async () => {
    const id = await unmeasured('v2.3.0');
    await isPaged('inconclusive for');
    await pipeline.heal('metrics');
    // Nothing goes on by itself, also once everything could be measured again.
    await keepsItsWeights();

    expect(await resume(id)).toMatchObject({ status: 200 });

    await pipeline.settlesAs(id, 'succeeded');
  });

  it('is frozen where it stands if nobody decides and nothing says which side is the good one (I7)', async () => {
    const id = await unmeasured('v2.4.0');

    const ended = await pipeline.ended(id);

    expect(ended).toMatchObject({ outcome: 'frozen', reason: expect.stringContaining('nobody decided within 2 min') });
    const { frozen, environments } = await pipeline.service();
    expect(frozen).not.toBeNull();
    expect(environments).toMatchObject({ blue: { weight: 50 }, green: { weight: 50 } });
    await isPaged('nobody decided');
  });
});
