import { afterEach, beforeEach, expect, it } from 'vitest';
import { deploymentRecordSchema } from '../../../contracts/api/record.ts';
import { json, type ScriptedServer, startScriptedServer } from '../../contract/adapters/scripted-server.ts';
import { finish, type Observed, startObserved } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

/** Answers as Prometheus does: `readings` by what a query contains, as of now or of an earlier day. */
function answerAs(prometheus: ScriptedServer, readings: Readonly<Record<string, { now: number; before?: number }>>) {
  prometheus.answer((request, response) => {
    if (request.path === '/api/v1/rules') {
      const rule = { type: 'alerting', name: 'HighErrorRate', health: 'ok', lastError: '' };
      return json({ status: 'success', data: { groups: [{ name: 'sluice', rules: [rule] }] } })(request, response);
    }
    if (request.path === '/api/v1/alertmanagers') {
      const data = {
        activeAlertmanagers: [{ url: 'http://alertmanager:9093/api/v2/alerts' }],
        droppedAlertmanagers: [],
      };
      return json({ status: 'success', data })(request, response);
    }
    const form = new URLSearchParams(request.body);
    const [, found] = Object.entries(readings).find(([part]) => form.get('query')?.includes(part)) ?? [];
    const value = form.has('time') ? found?.before : found?.now;
    const result = value === undefined ? [] : [{ metric: {}, value: [0, String(value)] }];
    return json({ status: 'success', data: { resultType: 'vector', result } })(request, response);
  });
}

const usual = {
  requests: { now: 5_000, before: 5_000 },
  errorRate: { now: 0.004, before: 0.004 },
  latencyP95: { now: 0.2, before: 0.2 },
  'count(up': { now: 3 },
  'sum(up': { now: 3 },
  backup_age: { now: 3_600 },
};

let prometheus: ScriptedServer;
let observed: Observed;
beforeEach(async () => {
  // A simulated sandbox begins with an empty network: the server comes after it, where it was said to be.
  const free = await startScriptedServer();
  await free.close();
  const list = [
    { name: 'error-rate', query: 'errorRate', max: 0.01, unit: 'ratio', for: '2s' },
    { name: 'latency-p95', query: 'latencyP95', max: 2, unit: 'seconds', for: '2s' },
  ];
  observed = await startObserved(
    ...configured({
      ...quick,
      'objectives.source': { prometheus: free.url },
      'objectives.list': list,
      'objectives.fast': null,
      postDeployment: {
        performance: { onFailure: 'return' },
        monitoring: { rules: ['HighErrorRate'] },
        backups: [{ name: 'database', age: 'backup_age', maxAge: '26h', onFailure: 'page' }],
      },
    }),
  );
  prometheus = await startScriptedServer(Number(new URL(free.url).port));
});
afterEach(async () => {
  await finish(observed);
  await prometheus.close();
});

const deployed = async () => {
  const { pipeline } = observed;
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.approveAll('v2.1.0');
  return pipeline.ended(id);
};

it('a stale backup leaves the release where it is, wakes the on-call, and stands in the mail', async () => {
  answerAs(prometheus, { ...usual, backup_age: { now: 30 * 3_600 } });

  const ended = await deployed();

  expect(ended.outcome).toBe('succeeded');
  const found = Object.fromEntries(ended.checks.map(({ name, result }) => [name, result]));
  expect(found).toMatchObject({
    // Seen before anybody was asked.
    'metrics of blue': 'pass',
    'backup database': 'fail',
    'performance beside the previous release': 'pass',
    'monitoring targets': 'pass',
    'alert rules': 'pass',
    Alertmanager: 'pass',
  });
  const { pipeline } = observed;
  const record = deploymentRecordSchema.parse(await pipeline.api(`/api/operations/${ended.id}/record`));
  expect(record).toMatchObject({ outcome: 'succeeded', target: 'green', release: { version: 'v2.1.0' } });
  expect(record.checks).toContainEqual(expect.objectContaining({ name: 'backup database', onFailure: 'page' }));
  const mail = await until('the outcome is mailed', patienceMs, async () =>
    (await pipeline.mails()).find(({ subject }) => subject.includes('deployment succeeded')),
  );
  expect(mail.subject).toContain('but failed: backup database');
  const page = await until('the on-call is paged', patienceMs, async () => {
    const pages = (await pipeline.pages()).map((one) => JSON.stringify(one));
    return pages.find((text) => text.includes('backup database')) ?? null;
  });
  expect(page).toContain('the newest is 30 h old');
});

it('a release that is worse than the one before at the same hour of yesterday goes back, where that is wanted', async () => {
  answerAs(prometheus, { ...usual, errorRate: { now: 0.008, before: 0.001 } });

  const ended = await deployed();

  expect(ended.outcome).toBe('rolled-back');
  expect(ended.reason).toContain('Error rate 0.8 %, 0.1 % with v2.0.5');
  expect((await observed.pipeline.service()).environments).toMatchObject({
    blue: { weight: 100 },
    green: { weight: 0 },
  });
});
