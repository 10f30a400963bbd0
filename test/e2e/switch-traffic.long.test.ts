import { beforeAll, beforeEach, expect, it } from 'vitest';
import { kubectlOf, withoutSelfHeal } from '../support/kubectl.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

const { pipeline, sandbox } = observedSandbox(...configured(quick));
beforeAll(async () => {
  expect((await pipeline.deploy('v2.1.0')).outcome).toBe('succeeded');
});

// Each test begins with all the traffic on green.
beforeEach(async () => {
  await pipeline.toRest();
  if ((await pipeline.service()).active === 'green') return;
  await pipeline.ended(await start('blue', 'green', 100));
  await pipeline.lockFree();
});

type Side = 'blue' | 'green';
const ask = (from: Side, to: Side, percentage: number, more: object = {}) =>
  pipeline.post(
    '/api/services/chest-xray-mlops/traffic',
    { from, to, percentage, reason: 'the test compares', ...more },
    'dana@example.com',
  );
const start = async (...asked: Parameters<typeof ask>): Promise<string> => {
  const answer = await ask(...asked);
  expect(answer).toMatchObject({ status: 202 });
  return String(answer.body.operation);
};
const weights = async () => {
  const { blue, green } = (await pipeline.service()).environments;
  return { blue: blue.weight, green: green.weight };
};
const error = ({ body }: { body: Record<string, unknown> }) => body.error as { name: string; message: string }; // a refusal's shape

it('half of the traffic goes to the other environment, less when asked for, and back; nothing is put on hold', async () => {
  const id = await start('green', 'blue', 50);
  await pipeline.inState(id, 'keeping-split');
  expect(await weights()).toEqual({ blue: 50, green: 50 });
  const split = await pipeline.split(400);
  expect(split.failed).toBe(0);
  expect(Math.abs(split.blue - 50)).toBeLessThanOrEqual(3);

  expect(await start('green', 'blue', 20)).toBe(id);
  await until('blue has 20 %', patienceMs, async () => (await weights()).blue === 20);

  expect(await start('blue', 'green', 100)).toBe(id);
  await until('green has everything', patienceMs, async () => (await weights()).green === 100);
  const ended = await pipeline.ended(id);

  expect([ended.kind, ended.outcome, ended.release?.version, ended.reason]).toEqual([
    'switch-traffic',
    'succeeded',
    'v2.0.5',
    expect.stringContaining('sent back by dana@example.com: the test compares'),
  ]);
  const service = await pipeline.service();
  expect(service.holds).toEqual([]);
  expect(service.environments.blue.ready).toBeGreaterThanOrEqual(3);
  expect((await pipeline.load())?.failed).toBe(0);
});

it('refuses, and changes nothing, when the traffic is elsewhere, or the request makes no sense', async () => {
  const before = (await pipeline.operations()).length;

  const elsewhere = await ask('blue', 'green', 50);
  const nothing = await ask('green', 'blue', 0);
  const same = await ask('green', 'green', 50);
  const odd = await ask('green', 'blue', 50.5);
  const forever = await ask('green', 'blue', 50, { for: 'forever' });

  expect([elsewhere, nothing].map((answer) => error(answer).name)).toEqual(['WriteConflict', 'WriteConflict']);
  expect(error(elsewhere).message).toContain('green has all the traffic, not blue');
  expect([same, odd, forever].map(({ status }) => status)).toEqual([400, 400, 400]);
  expect(JSON.stringify(forever.body)).toContain('not a duration like 5m');
  expect(await pipeline.operations()).toHaveLength(before);
});

it('refuses an environment that is not healthy (I2), and one whose release is on hold (I6), each by its rule', async () => {
  await pipeline.fault({ version: 'v2.0.5', unhealthy: true });
  const sick = await until('the health checks fail', patienceMs, async () => {
    const answer = await ask('green', 'blue', 50);
    return answer.status === 409 ? answer : null;
  });
  expect(error(sick)).toMatchObject({ name: 'NotReady', message: expect.stringContaining('is not healthy') });
  await pipeline.fault({ version: 'v2.0.5', unhealthy: false });

  await pipeline.post('/api/services/chest-xray-mlops/holds', { version: 'v2.0.5', reason: 'it leaks' });
  const held = await ask('green', 'blue', 50);
  expect(error(held)).toMatchObject({ name: 'NotReady', message: expect.stringContaining('it leaks') });
  await pipeline.post('/api/services/chest-xray-mlops/holds/release', { version: 'v2.0.5', reason: 'it does not' });

  await pipeline.post('/api/services/chest-xray-mlops/freeze', { reason: 'an audit' });
  const frozen = await ask('green', 'blue', 50);
  expect(error(frozen)).toMatchObject({ name: 'ServiceFrozen', message: expect.stringContaining('an audit') });
  await pipeline.post('/api/services/chest-xray-mlops/unfreeze', { reason: 'it is over' });
  expect(await weights()).toEqual({ blue: 0, green: 100 });
});

it('the deadline of a split brings the traffic back, and blames no release', async () => {
  const id = await start('green', 'blue', 30, { for: '6s' });
  await until('blue has 30 %', patienceMs, async () => (await weights()).blue === 30);

  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('expired');
  expect(ended.reason).toContain('was to last until');
  expect(await weights()).toEqual({ blue: 0, green: 100 });
  expect((await pipeline.service()).holds).toEqual([]);
});

it('an alert about the side that was switched to, and a person’s emergency, bring everything back at once', async () => {
  const first = await start('green', 'blue', 50);
  await pipeline.inState(first, 'keeping-split');
  await pipeline.alert({ environment: 'blue' });
  await until('green has everything', patienceMs, async () => (await weights()).green === 100);
  await pipeline.endsAs(first, 'rolled-back');
  await pipeline.lockFree();
  await pipeline.post('/api/services/chest-xray-mlops/holds/release', { version: 'v2.0.5', reason: 'a false alarm' });

  const second = await start('green', 'blue', 50);
  await pipeline.inState(second, 'keeping-split');
  const body = { service: 'chest-xray-mlops', version: 'last-known-good', reason: 'wrong findings', emergency: true };
  expect((await pipeline.post('/api/rollbacks', body, 'ana@example.com')).status).toBe(202);
  await until('green has everything', patienceMs, async () => (await weights()).green === 100);
  await pipeline.endsAs(second, 'rolled-back');
});

it('a switch to a side that turns bad is judged and returned; all the traffic on a good one stays there', async () => {
  const bad = await start('green', 'blue', 50);
  await pipeline.inState(bad, 'keeping-split');
  await pipeline.fault({ version: 'v2.0.5', errorRate: 0.3 });
  const returned = await pipeline.ended(bad);
  expect(returned.outcome).toBe('rolled-back');
  expect(returned.reason).toContain('Error rate');
  expect((await pipeline.service()).holds.map(({ version }) => version)).toEqual(['v2.0.5']);
  await pipeline.fault({ version: 'v2.0.5', errorRate: 0 });
  await pipeline.post('/api/services/chest-xray-mlops/holds/release', { version: 'v2.0.5', reason: 'mended' });
  await pipeline.lockFree();

  // At once: what was measured before it counts no more.
  const good = await start('green', 'blue', 100);
  const stayed = await pipeline.ended(good);
  expect(stayed.outcome).toBe('succeeded');
  expect(await pipeline.service()).toMatchObject({ active: 'blue', environments: { blue: { weight: 100 } } });
});

it('a critical alert in a split between equal versions brings everything back, and puts neither on hold', async () => {
  const kubectl = kubectlOf(sandbox);
  await withoutSelfHeal(kubectl, 'blue');
  const deployment = ['deploy', 'chest-xray-mlops', '-n'];
  const { spec } = JSON.parse(await kubectl('get', ...deployment, 'production-green', '-o', 'json'));
  const patch = [{ op: 'replace', path: '/spec/template', value: spec.template }];
  await kubectl('patch', ...deployment, 'production-blue', '--type', 'json', '-p', JSON.stringify(patch));
  await until('both sides run the same', patienceMs, async () => {
    const { blue, green } = (await pipeline.service()).environments;
    return blue.version === green.version && (blue.ready ?? 0) > 0;
  });
  const id = await start('green', 'blue', 50);
  await pipeline.inState(id, 'keeping-split');

  await pipeline.alert({ environment: 'blue' }, 'firing', new Date().toISOString());
  const ended = await pipeline.ended(id);

  expect([ended.outcome, ended.reason]).toEqual(['rolled-back', expect.stringContaining('blue')]);
  expect(await weights()).toEqual({ blue: 0, green: 100 });
  const { holds, frozen } = await pipeline.service();
  expect([holds, frozen]).toEqual([[], null]);
});
