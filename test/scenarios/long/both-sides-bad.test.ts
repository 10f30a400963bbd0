import { afterEach, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

// Every shift ends at 50 %: the interval is longer than any of these tests. The recorder checks I2 with its one exception, and I7.
const { pipeline, recorder } = observedSandbox(
  ...configured({
    ...quick,
    'traffic.interval': '1m',
    'health.deadline': '8s',
    'approvals.rules': [
      { role: 'devops', members: ['ana@example.com'], count: 1 },
      { role: 'ml-lead', members: ['cleo@example.com'], count: 1 },
      { role: 'dba', members: ['fay@example.com'], count: 1, when: 'irreversible' },
    ],
  }),
);
const service = 'chest-xray-mlops';
const faulty = new Set<string>();
const fault = (version: string, errorRate: number) => {
  faulty.add(version);
  return pipeline.fault({ version, errorRate });
};
const pagesAbout = async (id: string) =>
  (await pipeline.pages()).map(({ page }) => JSON.stringify(page)).filter((page) => page.includes(id));
/** So many that most of the origin's answers since the step began have failed, and it is seen to be the worse side. */
const failuresMeasured = async () => {
  const before = (await pipeline.load())?.failed ?? 0;
  return until('requests fail', patienceMs, async () => ((await pipeline.load())?.failed ?? 0) > before + 100);
};
/** The rollback that ended this deployment, once it has ended too. */
const rollbackOf = async (id: string) => {
  const related = (await pipeline.operations()).find((one) => one.related === id && one.outcome !== 'superseded');
  return pipeline.ended(related?.id ?? 'no rollback');
};
/** Sides that got more weight, oldest first. */
const raisedSince = (index: number) =>
  recorder.route.slice(index).flatMap(({ blue }, offset, seen) => {
    const before = seen[offset - 1]?.blue ?? recorder.route[index - 1]?.blue ?? blue;
    return blue === before ? [] : [blue > before ? 'blue' : 'green'];
  });

afterEach(async () => {
  for (const version of faulty) await pipeline.fault({ version, errorRate: 0, unhealthy: false });
  faulty.clear();
  if ((await pipeline.service()).frozen === null) return;
  const thawed = await pipeline.post(`/api/services/${service}/unfreeze`, { reason: 'the test has seen it' });
  expect(thawed.status).toBe(200);
});

it('a release that cannot be taken back needs its own approval, and pauses, compares and pages when it fails, every time; a person decides', async () => {
  const version = 'v7.1.0';
  const { workflowRunPayload } = await pipeline.release(version, { reversible: false });
  const answer = await pipeline.deliver(workflowRunPayload);
  const { operation: id } = (await answer.json()) as { operation: string }; // the webhook's own answer
  await pipeline.approveAll(version);
  const { approvals } = await pipeline.operation(id);
  expect(approvals?.missing).toMatchObject([{ role: 'dba' }]);
  const link = (await pipeline.linksOf(version, ['fay@example.com'])).get('fay@example.com') ?? '';
  expect((await pipeline.decide(link, { decision: 'approve', version, reason: '' })).status).toBe(200);
  await pipeline.weightReached('green', 50);
  const moved = recorder.route.length;

  await fault(version, 0.5);
  const paged = (times: number) =>
    until(`the on-call is paged ${times} times`, patienceMs, async () => {
      const pages = await pagesAbout(id);
      return pages.length >= times ? pages : null;
    });
  expect((await paged(1))[0]).toMatch(/cannot be rolled back.*compared, green is bad/);
  expect((await pipeline.operation(id)).pausedBecause).toContain('Error rate');
  expect((await pipeline.post(`/api/operations/${id}/resume`, { reason: 'it was noise' })).status).toBe(200);
  await paged(2);
  expect(raisedSince(moved)).toEqual([]);

  const body = { service, version: 'last-known-good', reason: 'it was no noise', emergency: true };
  expect((await pipeline.post('/api/rollbacks', body)).status).toBe(202);
  await pipeline.endsAs(id, 'rolled-back');
  expect((await pipeline.service()).environments.blue.weight).toBe(100);
});

it('when the target fails and the origin is worse, everything goes to the target and never to the origin, frozen and paged (I2)', async () => {
  const id = await pipeline.begin('v7.2.0');
  await pipeline.weightReached('green', 50);
  const moved = recorder.route.length;

  await fault('v2.0.5', 1);
  await failuresMeasured();
  await fault('v7.2.0', 0.3);
  const ended = await pipeline.ended(id);

  expect(ended).toMatchObject({
    outcome: 'frozen',
    reason: expect.stringMatching(/both sides are bad.*blue: .*green: /),
  });
  expect(raisedSince(moved)).toEqual(['green']);
  const { frozen, environments, holds } = await pipeline.service();
  expect(environments.green).toMatchObject({ version: 'v7.2.0', weight: 100 });
  expect(frozen).toMatchObject({ reason: expect.stringMatching(/both sides are bad.*green got all the traffic/) });
  expect(holds.map(({ version }) => version)).toContain('v7.2.0');
  expect(ended.timeline.map(({ action }) => action)).toContain('compare-sides');
  const { id: rollback } = await rollbackOf(id);
  await until('the on-call is paged', patienceMs, async () => (await pagesAbout(rollback)).length > 0);
});

/** The weights that a return has put on record: before it wrote them, or made up afterwards where the database was too slow for it (rule 6). */
const movesIn = (timeline: { action: string; phase: string; details: Record<string, unknown> }[]): unknown[] =>
  timeline.flatMap(({ action, phase, details }) => {
    if (action === 'return-traffic' && phase === 'intent') return [details.wanted];
    return action === 'reconcile' ? [Object(details.details).fence?.weights] : [];
  });

it('a return for an alert that finds its destination worse moves once more within the same rollback, frozen and paged (I2, I7)', async () => {
  const id = await pipeline.begin('v7.3.0');
  await pipeline.weightReached('blue', 50);
  const moved = recorder.route.length;

  faulty.add('v7.2.0');
  await pipeline.fault({ version: 'v7.2.0', errorRate: 1, unhealthy: true });
  await pipeline.alert({ environment: 'blue' }, 'firing', new Date().toISOString());
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('frozen');
  expect(raisedSince(moved)).toEqual(['green', 'blue']);
  const { id: rollback, timeline, outcome } = await rollbackOf(id);
  expect(outcome).toBe('frozen');
  const explained = movesIn(timeline);
  expect(explained).toContainEqual({ blue: 0, green: 100 });
  expect(explained.at(-1)).toEqual({ blue: 100, green: 0 });
  expect(timeline.map(({ action }) => action)).toContain('compare-sides');
  await until('the on-call is paged', patienceMs, async () => (await pagesAbout(rollback)).length > 0);
});

it('when the target fails and the origin is sick but less so, the traffic is on the origin, frozen and paged', async () => {
  const id = await pipeline.begin('v7.4.0');
  await pipeline.weightReached('green', 50);
  const moved = recorder.route.length;

  await fault('v7.3.0', 0.3);
  await fault('v7.4.0', 1);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('frozen');
  expect(raisedSince(moved)).toEqual(['blue']);
  const { frozen, environments } = await pipeline.service();
  expect(environments.blue.weight).toBe(100);
  expect(frozen).toMatchObject({ reason: expect.stringMatching(/could not be verified.*Error rate.*compared/) });
  const { id: rollback } = await rollbackOf(id);
  await until('the on-call is paged', patienceMs, async () => (await pagesAbout(rollback)).length > 0);
});
