import { beforeEach, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const { pipeline } = observedSandbox(...configured(quick));

beforeEach(() => pipeline.toRest());

interface Shown {
  id: number;
  sha: string;
  payload: { operation: string };
}

/** What GitHub shows of an operation, oldest first: each state and its description. */
async function shownOf(operation: string): Promise<string[]> {
  const deployments = await pipeline.github<Shown[]>('/deployments?environment=production-approval');
  const own = deployments.filter(({ payload }) => payload.operation === operation);
  expect(own.length).toBeLessThan(2);
  const [deployment] = own;
  if (deployment === undefined) return [];
  const statuses = await pipeline.github<{ state: string; description: string; log_url: string }[]>(
    `/deployments/${deployment.id}/statuses`,
  );
  expect(statuses.every(({ log_url }) => log_url.endsWith(`#operation=${operation}`))).toBe(true);
  return statuses.map(({ state, description }) => `${state} ${description}`).reverse();
}

it('GitHub shows a deployment while it waits, while it changes something, how it ended, and that its traffic went back later', async () => {
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.inState(id, 'awaiting-approval');
  await until('GitHub shows that it waits', patienceMs, async () => ((await shownOf(id)).length > 0 ? true : null));
  await pipeline.approveAll('v2.1.0');
  await pipeline.ended(id);
  const ended = await until('GitHub shows how it ended', patienceMs, async () => {
    const shown = await shownOf(id);
    return shown.at(-1)?.startsWith('success') ? shown : null;
  });

  expect(ended.map((status) => status.split(' ')[0])).toEqual(['queued', 'in_progress', 'success']);

  await pipeline.alert({ environment: 'green' });
  const returned = await until('GitHub shows that it went back', patienceMs, async () => {
    const shown = await shownOf(id);
    return shown.length > ended.length ? shown : null;
  });

  expect(returned.at(-1)).toMatch(/^inactive The traffic went back afterwards: /);
});

it('nothing depends on it: while GitHub refuses to show anything, people are asked all the same', async () => {
  await pipeline.dependency({ dependency: 'github', fault: 'status', status: 503, match: 'POST .*/deployments' });
  await pipeline.release('v2.2.0', { author: { login: 'emil' } });
  const start = await pipeline.post(
    '/api/deployments',
    { service: 'chest-xray-mlops', version: 'v2.2.0' },
    'dana@example.com',
  );
  const id = String(start.body.operation);
  await pipeline.inState(id, 'awaiting-approval');

  await pipeline.linksOf('v2.2.0', ['ana@example.com', 'cleo@example.com']);

  expect(await shownOf(id)).toEqual([]);
  await pipeline.heal('github');
  await pipeline.approveAll('v2.2.0', id);
  await pipeline.ended(id);
  const shown = await until('GitHub shows how it ended', patienceMs, async () => {
    const found = await shownOf(id);
    return found.at(-1)?.startsWith('success') ? found : null;
  });
  expect(shown.slice(-2).map((status) => status.split(' ')[0])).toEqual(['in_progress', 'success']);
});
