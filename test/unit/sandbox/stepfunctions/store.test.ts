import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startExecution } from '../../../../sandbox/stepfunctions/api/start-execution.ts';
import { World } from './world.ts';

const invoke = 'arn:aws:states:::lambda:invoke';
const end = { Type: 'Pass', End: true };
const context = (world: World) => ({ engine: world.engine, region: 'us-east-1', accountId: '123456789012' });

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

describe('the journal', () => {
  it('tidying moves finished histories out, keeps the rest, and forgets after 90 days', async () => {
    const finished = await world.start({ Done: end });
    const running = await world.start({ Nap: { Type: 'Wait', Seconds: 100 * 86_400, End: true } });
    const events = structuredClone(finished.history.events());

    await world.engine.store.tidy(world.clock.now(), world.clock.now());
    await world.restart();

    expect(readFileSync(join(world.folder, 'stepfunctions.journal'), 'utf8').split('\n')).toHaveLength(5);
    expect(await world.engine.store.history(world.find(finished))).toEqual(events);
    expect(world.find(running).state.status).toBe('RUNNING');
    await world.pass(91 * 86_400);
    await world.engine.store.tidy(world.clock.now(), world.clock.now());
    expect(() => world.find(finished)).toThrow('there is no');
    expect(readdirSync(join(world.folder, 'stepfunctions-history'))).toEqual([]);
    expect(world.find(running).state.status).toBe('RUNNING');
  });

  it('a compaction between the writing of a step and its commit loses nothing', async () => {
    const nap = { Nap: { Type: 'Wait', Seconds: 100, End: true } };
    const executions = [await world.start(nap), await world.start(nap), await world.start(nap), await world.start(nap)];
    const { store } = world.engine;

    await Promise.all(
      executions.map(async ({ header, history, state: { threads: _, ...state } }) => {
        for (let id = 3; id < 1_700; id++) {
          const event = { id, previousEventId: 2, timestamp: 0, type: 'Test' };
          const step = { k: 'step' as const, arn: header.arn, state, put: [], gone: [], events: [event] };
          await store.append(step, () => history.add([event]));
        }
      }),
    );
    await world.restart();

    expect(readFileSync(join(world.folder, 'stepfunctions.journal'), 'utf8').split('\n').length).toBeLessThan(2_000);
    for (const execution of executions)
      expect(world.find(execution).history.events()).toEqual(execution.history.events());
  });

  it('a step that cannot be written has no effect until it can', async () => {
    const { store } = world.engine;
    const append = store.append.bind(store);
    let broken = false;
    store.append = (record, commit) =>
      broken ? Promise.reject(new Error('the disk is full')) : append(record, commit);
    const execution = await world.start({
      Nap: { Type: 'Wait', Seconds: 1, Next: 'Work' },
      Work: { Type: 'Task', Resource: invoke, End: true },
    });

    broken = true;
    await world.pass(5);
    expect(world.calls).toHaveLength(0);
    expect(world.find(execution).state.eventCount).toBe(2);
    expect(world.faults.length).toBeGreaterThan(2);
    broken = false;
    await world.pass(5);

    expect(world.find(execution).state.status).toBe('SUCCEEDED');
    expect(world.calls).toHaveLength(1);
    world.faults.length = 0;
  });

  it('a damaged line is reported and costs no other execution', async () => {
    const first = await world.start({ Done: end });
    const second = await world.start({ Nap: { Type: 'Wait', Seconds: 1, End: true } });
    const file = join(world.folder, 'stepfunctions.journal');

    await world.restart(() => {
      const lines = readFileSync(file, 'utf8').split('\n');
      writeFileSync(file, [lines[0], lines[1]?.replace('run', 'ran'), ...lines.slice(2)].join('\n'));
    });

    expect(world.engine.store.problems).toMatchObject([{ kind: 'damaged', line: 2 }]);
    expect(() => world.find(first)).toThrow('there is no');
    expect(world.find(second).state.status).toBe('RUNNING');
  });
});

it('two starts by the same name at the same time are one execution', async () => {
  const { header } = await world.start({ Nap: { Type: 'Wait', Seconds: 60, End: true } });
  const request = { stateMachineArn: header.stateMachineArn, name: 'twice', input: '{"a":1}' };

  const [one, two] = await Promise.all([
    startExecution(context(world), request),
    startExecution(context(world), request),
  ]);

  expect(one).toBe(two);
  expect(one.header.startDate).toBe(world.clock.now());
});
