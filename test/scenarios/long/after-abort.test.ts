import { expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const afterAbortMs = 60_000;
const { pipeline, recorder } = observedSandbox(
  ...configured({ ...quick, 'traffic.interval': '5s', 'standby.afterAbort': `${afterAbortMs / 1_000}s` }),
);

/** Aborted with half of the traffic; when that was over. */
async function abortInShift(version: string): Promise<number> {
  const id = await pipeline.begin(version);
  await pipeline.weightReached('green', 50);
  const { status, body } = await pipeline.post(`/api/operations/${id}/abort`, { reason: 'the test stops it' });
  expect(status).toBe(202);
  expect(JSON.stringify(body.did)).toContain('keeps its pods for 1 min (standby.afterAbort)');
  const { endedAt } = await pipeline.settlesAs(id, 'aborted');
  return Date.parse(endedAt ?? '');
}
/** The Deployment of green as it was seen after that. */
const greenAfter = (at: number) => recorder.capacity.filter((seen) => seen.environment === 'green' && seen.at > at);

it('an aborted deployment loses its release at once, and its pods once the configured time is over', async () => {
  const before = (await pipeline.service()).environments.green.version;

  const ended = await abortInShift('v2.2.0');
  const green = (await pipeline.service()).environments.green;
  const pods = recorder.capacity.findLast((seen) => seen.environment === 'green' && seen.at <= ended)?.wanted ?? 0;
  const lowered = await until('green is lowered', patienceMs, async () =>
    greenAfter(ended).find(({ wanted }) => wanted === 1),
  );

  expect(green).toMatchObject({ weight: 0, version: before });
  expect(pods).toBeGreaterThan(1);
  // It is counted from the clean-up, a moment before the end.
  expect(lowered.at - ended).toBeGreaterThan(afterAbortMs - 5_000);
  const service = await pipeline.service();
  expect(service).toMatchObject({ lock: { holder: null }, frozen: null, holds: [] });
  expect(service.environments.blue.weight).toBe(100);
  expect((await pipeline.load())?.failed).toBe(0);
});

it('the next deployment may begin at once, finds the pods, and nobody takes them away from it', async () => {
  const ended = await abortInShift('v2.3.0');

  const next = await pipeline.begin('v2.4.0');
  const { outcome } = await pipeline.ended(next);
  await until('the time after the abort is over', patienceMs, async () => Date.now() > ended + 2 * afterAbortMs);

  expect(outcome).toBe('succeeded');
  expect(Math.min(...greenAfter(ended).map(({ wanted }) => wanted))).toBeGreaterThan(1);
  expect((await pipeline.service()).environments.green).toMatchObject({ weight: 100, version: 'v2.4.0' });
  expect((await pipeline.load())?.failed).toBe(0);
});
