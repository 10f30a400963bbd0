import { expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

// No step ends by itself while a test waits for it.
const { pipeline } = observedSandbox(
  ...configured({ ...quick, 'traffic.steps': [5, 25, 50, 100], 'traffic.interval': '1h' }),
);

it('a person skips a step, holds the next one up, lets it go on and skips the rest: the release goes in, and the audit says who', async () => {
  const id = await pipeline.begin('v2.3.0');
  const steer = (what: string, body: object = {}, as = 'ana@example.com') =>
    pipeline.post(`/api/operations/${id}/${what}`, { reason: 'it was looked at', ...body }, as);
  // The record says so a moment after the route.
  const stepBegan = (weight: number) =>
    until(`the step of ${weight} % is recorded`, patienceMs, async () => {
      const { weights } = await pipeline.operation(id);
      return weights?.green === weight;
    });
  await stepBegan(5);

  expect(await steer('promote', {}, 'dana@example.com')).toMatchObject({ status: 403 });
  expect(await steer('promote')).toMatchObject({ status: 200 });
  await stepBegan(25);
  expect(await steer('pause', {}, 'dana@example.com')).toMatchObject({ status: 200 });
  expect(await steer('promote', { to: 'all' })).toMatchObject({ status: 409 });
  expect((await pipeline.service()).environments.green.weight).toBe(25);
  expect(await steer('resume')).toMatchObject({ status: 200 });
  expect(await steer('promote', { to: 'all' })).toMatchObject({ status: 200 });

  const ended = await pipeline.ended(id);
  expect(ended.outcome).toBe('succeeded');
  const { timeline } = await pipeline.operation(id);
  const steps = timeline.filter(({ action, phase }) => action === 'set-weight' && phase === 'intent');
  expect(steps.map(({ details }) => details.wanted)).toEqual(
    [5, 25, 100].map((green) => ({ blue: 100 - green, green })),
  );
  expect(
    timeline
      .filter(({ action, phase }) => ['promote', 'pause', 'resume'].includes(action) && phase === 'intent')
      .map(({ action, actor }) => `${action} by ${actor}`),
  ).toEqual([
    'promote by ana@example.com',
    'pause by dana@example.com',
    'resume by ana@example.com',
    'promote by ana@example.com',
  ]);
});
