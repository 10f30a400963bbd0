import { afterAll, describe, expect, it } from 'vitest';
import { abortedSchema } from '../../../contracts/api/started.ts';
import { operationStates } from '../../../contracts/operation.ts';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const { pipeline } = observedSandbox(...configured(quick));
const abort = (id: string) => pipeline.post(`/api/operations/${id}/abort`, { reason: 'the test stops it' });
/** Each call of the database takes this long, ms, so that a state which lasts an instant can be seen from outside. */
const slowly = (delayMs: number) => pipeline.dependency({ dependency: 'dynamodb', fault: 'slow', delayMs });

async function start(version = 'v2.1.0'): Promise<string> {
  const body = { service: 'chest-xray-mlops', version };
  const answer = await pipeline.post('/api/deployments', body, 'dana@example.com');
  return String(answer.body.operation);
}
async function approve(id: string, version = 'v2.1.0'): Promise<void> {
  await pipeline.inState(id, 'awaiting-approval');
  for (const user of ['ana@example.com', 'cleo@example.com']) {
    expect((await pipeline.approveSignedIn(id, version, user)).status).toBe(200);
  }
}

const rollbackOf = (id: string) =>
  until(
    'a rollback has the lock',
    patienceMs,
    async () => {
      const { holder } = (await pipeline.service()).lock;
      return holder === id ? null : holder;
    },
    5,
  );
const free = () =>
  until('the lock is free', patienceMs, async () => {
    const seen = await pipeline.service();
    return seen.lock.holder === null ? seen : null;
  });

/** What only a rollback or a switch of the traffic goes through. */
const aside = ['keeping-split', 'returning-traffic', 'verifying-return', 'diagnosing', 'cleaning-up', 'ended'];
/** The states of a deployment in their order. */
const way: readonly string[] = operationStates.filter((state) => !aside.includes(state));
const reached = (now: string, state: string): boolean => way.indexOf(now) >= way.indexOf(state) || now === 'ended';
const noted = new Map<string, string>();

it.each(way.slice(0, -2))(
  'an operation aborted while it is %s leaves the traffic where it was, the lock free and the release deployable',
  async (state) => {
    const id = await start();
    if (way.indexOf(state) > way.indexOf('awaiting-approval')) await approve(id);
    await slowly(40);
    // At the wanted state, or as soon as it is behind: some last for an instant.
    await until(
      `it is ${state}`,
      patienceMs,
      async () => {
        const operation = await pipeline.operation(id).catch(() => null);
        return operation !== null && reached(operation.state, state);
      },
      1,
    );

    const answer = await abort(id);
    await pipeline.heal();
    const again = await abort(id);
    const ended = await pipeline.ended(id);

    expect(answer.status).toBe(202);
    expect(ended.outcome).toBe('aborted');
    expect([202, 409]).toContain(again.status);
    const asked = ended.timeline.find(({ action, phase }) => action === 'abort' && phase === 'intent');
    noted.set(state, String((asked?.details.before as { state?: string } | undefined)?.state)); // what the audit keeps
    const service = await free();
    expect(service.environments.blue.weight).toBe(100);
    expect(service.holds).toEqual([]);
    expect((await pipeline.load())?.failed).toBe(0);
    expect((await abort(id)).status).toBe(409);
    // Two see the abort, the API and the operation itself: there is one rollback, and it is the one that the answer named.
    const rollbacks = (await pipeline.operations()).filter(({ related }) => related === id);
    const { rollback } = abortedSchema.parse(answer.body);
    if (rollback !== null) expect(rollbacks.map((one) => one.id)).toEqual([rollback.operation]);
    expect(rollbacks.length).toBeLessThanOrEqual(1);
  },
);

it('a rollback at work that is aborted ends where it is, and leaves the service frozen unless its return was verified (I5)', async () => {
  const id = await start();
  await approve(id);
  await pipeline.inState(id, 'baking');
  await pipeline.dependency({ dependency: 'github', fault: 'slow', delayMs: 3_000 });
  await abort(id);
  const rollback = await rollbackOf(id);

  const answer = await abort(rollback);
  await pipeline.heal();

  expect(answer.status).toBe(202);
  expect(JSON.stringify(answer.body.didNot)).toContain('No traffic was moved');
  const ended = await pipeline.ended(rollback);
  expect([ended.outcome, ended.reason]).toEqual(['aborted', expect.anything()]);
  const { frozen, environments } = await free();
  expect(environments.blue.weight).toBe(100);
  expect((await pipeline.operation(id)).outcome).toBe(frozen === null ? 'aborted' : 'frozen');
  if (frozen !== null)
    await pipeline.post('/api/services/chest-xray-mlops/unfreeze', { reason: 'the test has seen it' });
});

describe('a hand on the service', () => {
  const path = '/api/services/chest-xray-mlops';
  const reason = 'the test looks';
  const version = 'v2.1.0';
  const hands = async () => ({
    freeze: await pipeline.post(`${path}/freeze`, { reason }),
    hold: await pipeline.post(`${path}/holds`, { version, reason }),
    unlock: await pipeline.post(`${path}/unlock`, { reason }),
  });
  const lift = async () => {
    await pipeline.post(`${path}/unfreeze`, { reason });
    expect((await pipeline.post(`${path}/holds/release`, { version, reason })).status).toBe(200);
  };

  it('in the middle of a shift stops nothing, says so, and says what does', async () => {
    // Nobody can judge, so the shift stands where it is.
    await pipeline.dependency({ dependency: 'metrics', fault: 'status', status: 503 });
    const id = await start();
    await approve(id);
    await pipeline.weightReached('green', 50);

    const { freeze, hold, unlock } = await hands();
    const { environments, lock } = await pipeline.service();
    await abort(id);
    await pipeline.heal();

    for (const { body } of [freeze, hold]) {
      expect(JSON.stringify(body.didNot)).toContain(`${id} of v2.1.0 (shifting-traffic) holds the lock`);
      expect(body.didNot).toContain('No traffic was moved: blue has 50 %, green has 50 %.');
      expect(JSON.stringify(body.next)).toContain(`sluice abort ${id}`);
    }
    expect([unlock.status, JSON.stringify(unlock.body)]).toEqual([409, expect.stringContaining(`sluice abort ${id}`)]);
    expect([environments.green.weight, lock.holder]).toEqual([50, id]);
    await pipeline.endsAs(id, 'aborted');
    await lift();
    await free();
  });

  it('while a rollback is at work: only an unlock ends it, frozen, and says so', async () => {
    const id = await start();
    await approve(id);
    await pipeline.inState(id, 'baking');
    // It cleans up at the end, with the lock.
    await pipeline.dependency({ dependency: 'github', fault: 'slow', delayMs: 3_000 });
    await abort(id);
    const rollback = await rollbackOf(id);

    const { freeze, hold, unlock } = await hands();
    await pipeline.heal();

    expect(JSON.stringify(freeze.body.didNot)).toContain(`The rollback ${rollback}`);
    expect(JSON.stringify([freeze.body.next, hold.body.next])).not.toContain('sluice abort');
    expect([unlock.status, unlock.body.outcome]).toEqual([200, 'frozen']);
    expect(JSON.stringify(unlock.body.did)).toContain(`the rollback ${rollback} no longer returns traffic`);
    await pipeline.endsAs(rollback, 'frozen');
    await pipeline.endsAs(id, 'frozen');
    expect((await pipeline.service()).environments.blue.weight).toBe(100);
    await lift();
    await free();
  });
});

it.each([
  ['validating-result', 'v2.1.0'],
  ['finalizing', 'v9.0.0'],
])(
  'an abort while an operation is %s comes in time or too late, and says which: never something in between (I5)',
  async (state, version) => {
    if (version !== 'v2.1.0') await pipeline.release(version);
    const id = await start(version);
    await approve(id, version);
    await pipeline.inState(id, 'baking');
    await slowly(40);
    await until(`it is ${state}`, patienceMs, async () => reached((await pipeline.operation(id)).state, state), 1);

    const answer = await abort(id);
    await pipeline.heal();
    const { outcome, origin, target } = await pipeline.ended(id);

    const { environments } = await free();
    const aborted = outcome === 'aborted';
    const holds = aborted ? origin : target;
    expect(aborted ? answer.status : outcome).toBe(aborted ? 202 : 'succeeded');
    expect(holds !== null && environments[holds].weight).toBe(100);
  },
);

afterAll(() => {
  // Aborts came where they were meant to, give or take a state: the test is about all of them.
  const late = [...noted].filter(([state, at]) => way.indexOf(at) - way.indexOf(state) > 1);
  expect(late).toEqual([]);
});
