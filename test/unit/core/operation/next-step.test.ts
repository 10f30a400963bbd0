import { beforeEach, expect, it } from 'vitest';
import { minutes } from '../../../../contracts/duration.ts';
import { later } from '../../../../contracts/instant.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import { nextStep } from '../../../../core/operation/next-step.ts';
import { createWorld, registerDeployment, type World } from '../../pipeline/support/world.ts';

let world: World;
let shifting: OperationRecord;
beforeEach(async () => {
  world = await createWorld();
  const { operation } = await registerDeployment(world, { name: 'first' });
  shifting = { ...operation, state: 'shifting-traffic', target: 'green', weights: { blue: 75, green: 25 } };
});
const next = (changes: Partial<OperationRecord> = {}, pauseAfter: readonly number[] = []) => {
  const { service } = world;
  const traffic = { ...service.traffic, steps: [5, 25, 50, 100], interval: minutes(5), pauseAfter: [...pauseAfter] };
  return nextStep({ ...shifting, ...changes }, { ...service, traffic, bake: minutes(10) }, world.now());
};

it('is the next weight once the step has been judged for its interval', () => {
  expect(next()).toMatchObject({ text: 'Green gets 50 %', at: later(world.now(), minutes(5)) });
});

it('tells when all of it is done at the earliest: this step, those that are left, and the bake', () => {
  expect(next()?.done).toBe(later(world.now(), minutes(5 + 2 * 5 + 10)));
  expect(next({ weights: { blue: 0, green: 100 } })?.done).toBe(later(world.now(), minutes(5 + 10)));
});

it('is the bake after the last step, and the end after the bake', () => {
  expect(next({ weights: { blue: 0, green: 100 } })?.text).toBe('It is judged for another 10 min with all the traffic');
  expect(next({ state: 'baking', weights: { blue: 0, green: 100 } })?.text).toBe('It is done');
});

it('is a person where the configuration wants one asked, and the next weight after they were', () => {
  expect(next({}, [25])?.text).toBe('A person is asked whether it may continue');
  expect(next({ askedAfter: 25 }, [25])?.text).toBe('Green gets 50 %');
});

it.each<[string, Partial<OperationRecord>]>([
  ['it is paused', { pausedBecause: 'ana looks' }],
  ['it is aborted', { abort: { actor: 'ana@example.com', reason: 'x' } }],
  ['it has ended', { outcome: 'succeeded' }],
  ['its target has no traffic yet', { weights: { blue: 100, green: 0 } }],
  ['somebody moves traffic by hand', { kind: 'switch-traffic' }],
])('is nothing while %s', (_, changes) => {
  expect(next(changes)).toBeNull();
});
