import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiErrorSchema } from '../../../../contracts/api/errors.ts';
import { rollbackTriggerSchema } from '../../../../contracts/trigger.ts';
import { createApp } from '../../../../functions/alertmanager-webhook/app.ts';
import {
  createWorld,
  FakeWorkflow,
  fakeSecrets,
  machines,
  readJson,
  type World,
} from '../../pipeline/support/world.ts';

/** A payload that a dependency sent. */
const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/alertmanager/${name}`, import.meta.url), 'utf8');

interface Answer {
  alerts: { fingerprint: string; accepted: boolean }[];
}
interface Alert {
  status?: string;
  labels?: Record<string, string>;
  fingerprint?: string;
  startsAt?: string;
}
const alert = ({ labels = {}, ...rest }: Alert = {}) => ({
  status: 'firing',
  labels: {
    alertname: 'HighErrorRate',
    service: 'chest-xray-mlops',
    environment: 'green',
    severity: 'critical',
    ...labels,
  },
  annotations: { summary: 'Errors above 1 %' },
  startsAt: '2026-11-23T14:59:00.000Z',
  fingerprint: 'f1',
  ...rest,
});

describe('POST /webhooks/alertmanager', () => {
  let world: World;
  let workflow: FakeWorkflow;
  beforeAll(async () => {
    world = await createWorld();
  });
  beforeEach(() => {
    workflow = new FakeWorkflow();
  });

  const deliver = (body: unknown, authorization = 'Bearer new-token', deps: object = {}) =>
    createApp({
      ...world,
      workflow,
      secrets: fakeSecrets({ current: 'new-token', previous: 'old-token' }),
      secretName: 'alertmanager',
      rollbackMachine: machines.rollback,
      ...deps,
    }).request('/webhooks/alertmanager', {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: authorization === '' ? {} : { authorization },
    });
  const send = (...alerts: object[]) => deliver({ version: '4', alerts });

  it('starts the rollback machine with a trigger that survives JSON', async () => {
    const answer = await send(alert());

    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({
      alerts: [
        {
          fingerprint: 'f1',
          accepted: true,
          operation: expect.stringMatching(/^\w{20}$/),
          execution: expect.stringMatching(/^arn:/),
        },
      ],
    });
    const [started] = workflow.started;
    expect(started?.stateMachineArn).toBe(machines.rollback);
    const input: { service: string; trigger: unknown } = JSON.parse(JSON.stringify(started?.input));
    expect(input.service).toBe('chest-xray-mlops');
    expect(rollbackTriggerSchema.parse(input.trigger)).toMatchObject({
      kind: 'alert',
      environment: 'green',
      name: 'HighErrorRate',
      startsAt: Date.parse('2026-11-23T14:59:00Z'),
    });
  });

  it('takes the same alert sent again and again as one, and its next firing as another', async () => {
    for (let round = 0; round < 5; round += 1) await send(alert());
    await send(alert({ startsAt: '2026-11-23T16:00:00Z' }));

    expect(workflow.started).toHaveLength(2);
  });

  it.each([
    ['no token', ''],
    ['a wrong token', 'Bearer guessed'],
    ['another scheme', 'Basic new-token'],
  ])('refuses %s with 401 and starts nothing', async (_, authorization) => {
    expect((await deliver({ version: '4', alerts: [alert()] }, authorization)).status).toBe(401);
    expect(workflow.started).toEqual([]);
  });

  it('accepts the previous token while it is being rotated', async () => {
    expect((await deliver({ version: '4', alerts: [alert()] }, 'Bearer old-token')).status).toBe(202);
  });

  it('refuses what it cannot read with 400 and the paths, and too much with 413', async () => {
    const shape = await deliver({ version: '4', alerts: [{ ...alert(), startsAt: 'yesterday' }] });

    expect(shape.status).toBe(400);
    expect(apiErrorSchema.parse(await shape.json()).error.problems?.[0]?.path).toBe('alerts[0].startsAt');
    expect((await deliver('{')).status).toBe(400);
    expect((await deliver('null')).status).toBe(400);
    expect((await deliver(`"${'x'.repeat(10 * 1024 * 1024)}"`)).status).toBe(413);
  });

  it('says of each alert what became of it, and starts only what concerns a service', async () => {
    const answer = await send(
      alert({ fingerprint: 'resolved', status: 'resolved' }),
      alert({ fingerprint: 'unknown', labels: { service: 'other' } }),
      alert({ fingerprint: 'warning', labels: { severity: 'warning' } }),
      alert({ fingerprint: 'fires' }),
    );

    const { alerts } = await readJson<Answer>(answer);
    expect(alerts.map(({ fingerprint, accepted }) => [fingerprint, accepted])).toEqual([
      ['resolved', false],
      ['unknown', false],
      ['warning', false],
      ['fires', true],
    ]);
    expect(workflow.started).toHaveLength(1);
  });

  it('one start that fails loses no other, and asks for a repetition with 503', async () => {
    workflow.unreachable = ({ input }) => JSON.stringify(input).includes('"bad"');

    const answer = await send(alert({ fingerprint: 'bad' }), alert({ fingerprint: 'good' }));

    expect(answer.status).toBe(503);
    expect((await readJson<Answer>(answer)).alerts).toMatchObject([
      { fingerprint: 'bad', accepted: false, error: 'DependencyUnavailable' },
      { fingerprint: 'good', accepted: true },
    ]);
    workflow.unreachable = null;
    expect((await send(alert({ fingerprint: 'bad' }), alert({ fingerprint: 'good' }))).status).toBe(202);
    expect(workflow.started).toHaveLength(2);
  });

  it('records every alert, after the starts', async () => {
    const order: string[] = [];
    const { store } = world;
    const start = workflow.start.bind(workflow);
    workflow.start = async (wanted) => {
      order.push('start');
      return start(wanted);
    };
    const deliveries = {
      ...store.deliveries,
      record: async (...given: Parameters<typeof store.deliveries.record>) => {
        order.push(`record ${given[0].id} ${given[0].accepted}`);
      },
    };

    await deliver(
      { version: '4', alerts: [alert({ fingerprint: 'a' }), alert({ fingerprint: 'b', status: 'resolved' })] },
      'Bearer new-token',
      { store: { ...store, deliveries } },
    );

    expect(order).toEqual(['start', 'record a started', 'record b ignored']);
  });

  it('a number for a label is read as text: both alerts count', async () => {
    const answer = await deliver(fixture('one-malformed-of-two.json'));

    expect(answer.status).toBe(202);
    expect((await readJson<Answer>(answer)).alerts.map(({ accepted }) => accepted)).toEqual([true, true]);
  });

  it('one malformed alert among good ones is told of with its path, and the good ones count', async () => {
    const answer = await send({ ...alert({ fingerprint: 'bad' }), status: 'burning' }, alert({ fingerprint: 'good' }));

    expect(answer.status).toBe(202);
    const told = await readJson<Answer & { problems: { path: string }[] }>(answer);
    expect(told.alerts).toMatchObject([
      { fingerprint: 'bad', accepted: false, reason: expect.stringContaining('alerts[0].status') },
      { fingerprint: 'good', accepted: true },
    ]);
    expect(told.problems.map(({ path }) => path)).toEqual(['alerts[0].status']);
    expect(workflow.started).toHaveLength(1);
  });

  it.each([
    ['GREEN', { environment: 'green' }],
    ['purple\nApprovals: all', { environment: null, elsewhere: 'purple Approvals: all' }],
    ['', { environment: null }],
  ])('an environment named %j is %o', async (environment, trigger) => {
    await send(alert({ labels: { environment } }));

    expect(workflow.started[0]?.input).toMatchObject({ trigger });
    expect(JSON.stringify(workflow.started[0]?.input).includes('elsewhere')).toBe('elsewhere' in trigger);
  });

  it('names and summaries travel on one line, with nothing that cannot be seen', async () => {
    const forged = { alertname: 'A\nApprovals', severity: 'critical' };
    await send({ ...alert({ labels: forged }), annotations: { summary: 'x\r\n\u202eBen: approved' } });

    expect(workflow.started[0]?.input).toMatchObject({
      trigger: { name: 'A Approvals', summary: 'x �Ben: approved' },
    });
  });

  it.each([
    ['null', null],
    ['a text', 'alert'],
    ['one without labels', { ...alert(), labels: null }],
    ['one without a time', { ...alert(), startsAt: null }],
    ['one without a fingerprint', { ...alert(), fingerprint: '' }],
  ])('%s instead of an alert loses no other, and alone it is refused', async (_, odd) => {
    const beside = await readJson<Answer>(deliver({ version: '4', alerts: [odd, alert({ fingerprint: 'good' })] }));
    const alone = await deliver({ version: '4', alerts: [odd] });

    expect(beside.alerts.map(({ accepted }) => accepted)).toEqual([false, true]);
    expect(alone.status).toBe(400);
    expect(workflow.started).toHaveLength(1);
  });

  it('texts of any length are cut before they travel, and what is only shown may be anything', async () => {
    const long = 'x'.repeat(300_000);

    const answer = await send(
      { ...alert({ fingerprint: long, labels: { alertname: long } }), annotations: { summary: long, runbook: 7 } },
      { ...alert({ fingerprint: 'null' }), annotations: null },
    );

    expect(answer.status).toBe(202);
    expect(workflow.started).toHaveLength(2);
    for (const started of workflow.started) expect(JSON.stringify(started).length).toBeLessThan(2_000);
  });

  it('6 MiB of alerts, as much as Lambda takes, start what they are about', async () => {
    const summary = 'x'.repeat(64 * 1024);
    const alerts = Array.from({ length: 96 }, (_, index) => ({
      ...alert({ fingerprint: `s${index}` }),
      annotations: { summary },
    }));
    const body = JSON.stringify({ version: '4', alerts });

    const answer = await deliver(body);

    expect(body.length).toBeGreaterThan(6 * 1024 * 1024);
    expect(answer.status).toBe(202);
    expect((await readJson<Answer>(answer)).alerts.every(({ accepted }) => accepted)).toBe(true);
    expect(workflow.started).toHaveLength(1);
    expect(JSON.stringify(workflow.started[0]).length).toBeLessThan(2_000);
  });

  it('judges a repetition anew unless the earlier one was acted on or is being judged', async () => {
    await send(alert());
    const again = async () => {
      world.pass(2_000);
      await send(alert());
      return workflow.started.length;
    };

    expect(await again()).toBe(1);
    workflow.ends({ status: 'SUCCEEDED', output: { outcome: 'ignored', reason: 'green has no traffic' } });
    expect(await again()).toBe(2);
    workflow.ends({ status: 'SUCCEEDED', output: { outcome: 'paused' } });
    expect(await again()).toBe(2);
    workflow.ends({ status: 'TIMED_OUT', output: null });
    expect(await again()).toBe(3);
  });

  it('a storm starts one execution, in one payload or in 200, and is recorded cheaply', async () => {
    const storm = Array.from({ length: 10_000 }, (_, index) =>
      alert({ fingerprint: `s${index}`, labels: { pod: `p${index}` } }),
    );
    let records = 0;
    const counting = <Publish extends (...given: never[]) => Promise<void>>(tell: Publish) =>
      (async (...given: Parameters<Publish>) => {
        records += 1;
        await tell(...given);
      }) as Publish;
    const { deliveries, alerts } = world.store;
    const store = {
      ...world.store,
      deliveries: { ...deliveries, record: counting(deliveries.record) },
      alerts: { ...alerts, tell: counting(alerts.tell) },
    };

    const one = await readJson<Answer>(deliver({ version: '4', alerts: storm }, 'Bearer new-token', { store }));
    const ofOne = records;
    const inPayloads = async (lasting: number) => {
      const before = { records, started: workflow.started.length };
      for (let at = 0; at < storm.length; at += 50) {
        await deliver({ version: '4', alerts: storm.slice(at, at + 50) }, 'Bearer new-token', { store });
        world.pass(lasting / 200);
      }
      return { records: records - before.records, started: workflow.started.length - before.started };
    };

    expect(one.alerts).toHaveLength(10_000);
    expect(one.alerts.every(({ accepted }) => accepted)).toBe(true);
    expect(workflow.started).toHaveLength(1);
    expect(ofOne).toBeLessThan(20);
    const atOnce = await inPayloads(0);
    expect(atOnce.started).toBe(0);
    expect(atOnce.records).toBe(400);
    // Each second of a storm is judged once more: the route may have changed meanwhile.
    const slowly = await inPayloads(20_000);
    expect(slowly.started).toBeLessThanOrEqual(20);
    expect(slowly.records).toBeLessThan(700);
  });

  it('a storm about several sides in one payload starts one execution for each', async () => {
    const sides = ['blue', 'green', ''];
    const storm = Array.from({ length: 300 }, (_, index) =>
      alert({ fingerprint: `m${index}`, labels: { pod: `p${index}`, environment: sides[index % 3] ?? '' } }),
    );

    await send(...storm, ...storm);

    expect(workflow.started.map(({ input }) => input)).toMatchObject(
      ['blue', 'green', null].map((environment) => ({ trigger: { environment } })),
    );
    expect(workflow.started).toHaveLength(3);
  });

  it('remembers what fires and what is resolved', async () => {
    const { name: service } = world.service;
    const known = async () =>
      (await world.store.alerts.list(service)).filter(({ fingerprint }) => fingerprint.startsWith('known'));

    await send(alert({ fingerprint: 'known-1' }), alert({ fingerprint: 'known-2' }));
    const fired = await known();
    await send(alert({ fingerprint: 'known-1', status: 'resolved' }));
    await send(alert({ fingerprint: 'known-1' }));

    expect(fired.map(({ status }) => status)).toEqual(['firing', 'firing']);
    expect((await known()).map(({ status }) => status)).toEqual(['resolved', 'firing']);
  });

  it('a group of alerts that grew into a storm does not fire any more once all of it is resolved', async () => {
    const { name: service } = world.service;
    const group = (count: number, status: 'firing' | 'resolved') =>
      Array.from({ length: count }, (_, index) =>
        alert({ fingerprint: `grown-${String.fromCharCode(122 - index)}`, labels: { pod: `p${index}` }, status }),
      );
    const grown = async () =>
      (await world.store.alerts.list(service)).filter(({ fingerprint }) => fingerprint.startsWith('grown'));

    await send(...group(8, 'firing'));
    await send(...group(16, 'firing'));
    const fired = await grown();
    await send(...group(16, 'resolved'));

    expect(fired.length).toBeGreaterThan(10);
    expect((await grown()).filter(({ status }) => status === 'firing')).toEqual([]);
  });

  it('a table that is away does not keep an alert from being acted upon', async () => {
    const deliveries = {
      ...world.store.deliveries,
      record: async () => {
        throw new Error('the table is away');
      },
    };

    const answer = await deliver({ version: '4', alerts: [alert()] }, 'Bearer new-token', {
      store: { ...world.store, deliveries },
    });

    expect(answer.status).toBe(202);
    expect(workflow.started).toHaveLength(1);
  });
});
