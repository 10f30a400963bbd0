import { afterEach, describe, expect, it } from 'vitest';
import type { DependencyName } from '../../../sandbox/dependencies/faults.ts';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { patienceMs, until } from '../../support/until.ts';

const { pipeline } = observedSandbox();
afterEach(() => pipeline.heal());
const approvers = ['ana@example.com', 'cleo@example.com'];

type Spoiling = {
  readonly fault: 'status' | 'hang' | 'reset' | 'truncate' | 'stale';
  readonly status?: number;
  readonly retryAfter?: number;
  /** The requests that can be answered so, by method and path; the dependency's usual ones unless written. */
  readonly match?: string;
};
/** What passes by itself: whoever meets it once asks again. */
const passing: readonly Spoiling[] = [
  { fault: 'status', status: 429, retryAfter: 1 },
  { fault: 'status', status: 500 },
  { fault: 'status', status: 503 },
  { fault: 'reset' },
  { fault: 'truncate' },
  { fault: 'stale' },
  { fault: 'hang' },
];
/** Somebody else wrote in between, as only a write can be told. */
const conflict: Spoiling = { fault: 'status', status: 409, match: '^(PATCH|PUT) ' };
/** All but the one that costs a whole budget, which is seen at two of them. */
const quick = passing.filter(({ fault }) => fault !== 'hang');
/** The API that this test asks reads the same table: what only Sluice's functions do is to write. */
const matching: Partial<Record<DependencyName, string>> = { dynamodb: '(PutItem|UpdateItem)$' };

/** Requests that pass between two faults, so that one state of a machine does not meet them all. */
const between: Partial<Record<DependencyName, number>> = { dynamodb: 4, kubernetes: 2, github: 1, metrics: 1 };

/** Spoils one request of a dependency after the other, each in another way, until all ways were met or the work is done. */
async function storm(dependency: DependencyName, ways: readonly Spoiling[], work: { done: boolean }): Promise<number> {
  for (const [index, way] of ways.entries()) {
    const match = way.match ?? matching[dependency];
    const skip = way.match === undefined ? (between[dependency] ?? 0) : 0;
    await pipeline.dependency({ dependency, ...way, times: 1, skip, ...(match === undefined ? {} : { match }) });
    const met = await until(`${dependency} has spoilt a request`, 240_000, async () => {
      const state = (await pipeline.dependencies()).find((one) => one.dependency === dependency);
      if (state?.spoilt === 1) return 'met';
      return work.done ? 'over' : null;
    });
    if (met === 'over') return index;
  }
  return ways.length;
}

/** Runs while the five dependencies fail one request after the other; answers how many ways of failing each has been met in. */
async function amid<T>(ways: Partial<Record<DependencyName, readonly Spoiling[]>>, run: () => Promise<T>) {
  const work = { done: false };
  // Object.entries forgets that the keys are names.
  const storms = (Object.entries(ways) as [DependencyName, readonly Spoiling[]][]).map(async ([name, each]) => [
    name,
    await storm(name, each, work),
  ]);
  try {
    const result = await run();
    return { result, met: await finished() };
  } finally {
    work.done = true;
  }
  async function finished(): Promise<Record<string, number>> {
    work.done = true;
    return Object.fromEntries(await Promise.all(storms));
  }
}

async function approve(id: string, version: string) {
  await pipeline.inState(id, 'awaiting-approval');
  for (const user of approvers) {
    const answer = await until(`${user} could approve`, patienceMs, async () => {
      const tried = await pipeline.approveSignedIn(id, version, user);
      return tried.status === 200 || tried.status === 409 ? tried : null;
    });
    expect([200, 409]).toContain(answer.status);
  }
}

async function begin(version: string): Promise<string> {
  const { workflowRunPayload } = await pipeline.release(version);
  const { operation } = (await (await pipeline.deliver(workflowRunPayload)).json()) as { operation: string }; // the webhook's own answer
  return operation;
}

describe('dependencies that fail in every way, one request at a time', () => {
  it('cost a deployment and its return some time and nothing else', async () => {
    const version = 'v5.0.1';
    const ways = {
      kubernetes: [conflict, ...passing],
      github: quick,
      dynamodb: passing,
      metrics: quick,
      ses: passing.slice(3, 5),
    };
    const deployed = await amid(ways, async () => {
      const id = await begin(version);
      await approve(id, version);
      return pipeline.ended(id, 240_000);
    });
    expect(deployed.result).toMatchObject({ outcome: 'succeeded' });
    expect(deployed.met).toMatchObject({ kubernetes: 8, github: 6, dynamodb: 7, metrics: 6 });

    const again = { kubernetes: [conflict, ...quick.slice(2)], dynamodb: quick.slice(2) };
    const returned = await amid(again, async () => {
      await pipeline.alert({ environment: 'green' }, 'firing', new Date().toISOString());
      const rollback = await until('the rollback is known', patienceMs, async () =>
        (await pipeline.operations()).find(({ kind }) => kind === 'rollback'),
      );
      return pipeline.ended(rollback.id, 240_000);
    });
    expect(returned.result).toMatchObject({ outcome: 'succeeded' });
    expect(returned.met).toMatchObject({ kubernetes: 5, dynamodb: 4 });
    expect((await pipeline.service()).environments).toMatchObject({ blue: { weight: 100 }, green: { weight: 0 } });
  });
});

describe('a dependency that refuses', () => {
  const refusals: readonly [DependencyName, string, RegExp][] = [
    ['kubernetes', '^PATCH .*/horizontalpodautoscalers/', /Kubernetes production: PATCH .*422/],
    ['github', '^(POST|PATCH) .*/git/', /GitHub: .*422/],
    ['ses', '^POST ', /mail: send .*ValidationException/],
  ];
  it.each(refusals)(
    '%s ends the deployment, with its name and what was attempted',
    async (dependency, match, reason) => {
      const version = `v5.1.${refusals.findIndex(([name]) => name === dependency)}`;
      await pipeline.dependency({ dependency, fault: 'status', status: 422, match });

      const id = await begin(version);
      if (dependency !== 'ses') await approve(id, version);
      const ended = await pipeline.ended(id);
      await pipeline.heal();

      expect(ended.outcome).toBe('failed');
      expect(ended.reason).toMatch(reason);
      expect(ended.reason).not.toContain('trace');
      expect((await pipeline.service()).environments.blue.weight).toBe(100);
    },
  );
});
