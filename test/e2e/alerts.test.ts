import { expect, it } from '@jest/globals';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

const { pipeline } = observedSandbox(
  ...configured({
    ...quick,
    'traffic.interval': '3s',
    'alerts.rollbackWithin': '8s',
    'deadlines.pause': '6s',
  }),
);
const service = 'chest-xray-mlops';
const answered = async (sent: Promise<Response>) => {
  const answer = await sent;
  // the webhook's own answer
  const { alerts } = (await answer.json()) as { alerts: { accepted: boolean; reason?: string; operation?: string }[] };
  return { status: answer.status, alerts };
};
const deploy = async (version: string) => {
  const answer = await pipeline.post('/api/deployments', { service, version }, 'dana@example.com');
  const id = String(answer.body.operation);
  await pipeline.approveAll(version, id);
  return id;
};

it('an alert without an environment, when neither side is bad, pauses the shift and pages; a person lets it go on', async () => {
  const id = await deploy('v2.1.0');
  await pipeline.weightReached('green', 50);

  await pipeline.alert({});
  const paused = await until('the shift is paused', patienceMs, async () => {
    const operation = await pipeline.operation(id);
    return operation.pausedBecause === null ? null : operation;
  });
  const page = await until('the on-call is paged', patienceMs, async () =>
    (await pipeline.pages()).map((one) => JSON.stringify(one)).find((one) => one.includes('compared')),
  );

  expect(paused.pausedBecause).toContain('names no environment');
  expect(page).toContain('neither side is bad now');
  expect((await pipeline.service()).environments).toMatchObject({ blue: { weight: 50 }, green: { weight: 50 } });
  expect((await pipeline.post(`/api/operations/${id}/resume`, { reason: 'looked at both' })).status).toBe(200);
  expect((await pipeline.ended(id)).outcome).toBe('succeeded');
});

it('of many alerts in one payload each has its own answer, and the one that matters returns the traffic once', async () => {
  const sent = await answered(
    pipeline.alerts([
      { labels: { service: 'billing' }, fingerprint: 'a1' },
      { labels: { severity: 'warning', environment: 'green' }, fingerprint: 'a2' },
      { labels: { environment: 'green' }, status: 'resolved', fingerprint: 'a3' },
      { labels: { environment: 'blue' }, fingerprint: 'a4' },
      { labels: { environment: 'green' }, fingerprint: 'a5' },
      { labels: { environment: 'green' }, fingerprint: 'a5' },
    ]),
  );
  await pipeline.weightReached('blue', 100);

  expect(sent.status).toBe(202);
  expect(sent.alerts.map(({ accepted }) => accepted)).toEqual([false, false, false, true, true, true]);
  expect(sent.alerts[5]?.operation).toBe(sent.alerts[4]?.operation);
  expect(sent.alerts.map(({ reason = '' }) => reason)).toEqual([
    expect.stringContaining('service billing is not configured'),
    expect.stringContaining('severity warning is not acted upon'),
    expect.stringContaining('is resolved'),
    '',
    '',
    '',
  ]);
  expect((await pipeline.returns()).map(({ outcome }) => outcome)).toEqual(['succeeded']);
  expect((await pipeline.service()).holds.map(({ version }) => version)).toEqual(['v2.1.0']);
  const { deliveries } = await pipeline.api<{ deliveries: { id: string; reason: string }[] }>('/api/deliveries');
  const standby = deliveries.filter(({ id }) => id === 'a4').map(({ reason }) => reason);
  expect(standby.join('\n')).toMatch(/blue has no traffic|returns the traffic already/);
});

it('beyond rollbackWithin an alert about the active environment is recorded, and changes nothing', async () => {
  await pipeline.lockFree();
  await pipeline.release('v2.2.0');
  const id = await deploy('v2.2.0');
  const { outcome } = await pipeline.ended(id);
  expect(outcome).toBe('succeeded');
  const endedAt = Date.now();
  await until('rollbackWithin is over', patienceMs, async () => Date.now() - endedAt > 8_500);
  const before = (await pipeline.operations()).length;

  await pipeline.alerts([{ labels: { environment: 'green' }, fingerprint: 'late' }]);

  const recorded = await until('it is recorded why', patienceMs, async () => {
    const { deliveries } = await pipeline.api<{ deliveries: { id: string; reason: string }[] }>('/api/deliveries');
    return deliveries.find((one) => one.id === 'late' && one.reason.includes('was not deployed within'));
  });
  expect(recorded.reason).toContain('green was not deployed within 8 s');
  expect(await pipeline.operations()).toHaveLength(before);
  expect((await pipeline.service()).environments.green.weight).toBe(100);
});

it('a pause of which nobody decides ends at its deadline: back to an origin that is good, and no release is blamed', async () => {
  await pipeline.release('v2.3.0');
  const id = await deploy('v2.3.0');
  await pipeline.weightReached('blue', 50);

  await pipeline.alerts([{ labels: { environment: 'green' }, fingerprint: 'origin-1' }]);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('rolled-back');
  expect(ended.reason).toContain('nobody decided within 6 s; compared, neither side is bad now');
  expect((await pipeline.service()).environments).toMatchObject({ green: { weight: 100 }, blue: { weight: 0 } });
  expect((await pipeline.service()).holds.map(({ version }) => version)).toEqual(['v2.1.0']);
});

it('when the origin is bad then, the traffic stays where it is: the service is frozen and the on-call paged (I5, I7)', async () => {
  await pipeline.lockFree();
  const id = await deploy('v2.3.0');
  await pipeline.weightReached('blue', 50);
  await pipeline.fault({ version: 'v2.2.0', errorRate: 0.5 });

  await pipeline.alerts([{ labels: { environment: 'green' }, fingerprint: 'origin-2' }]);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('frozen');
  expect(ended.reason).toMatch(/nobody decided within 6 s; compared, green is bad/);
  const service = await pipeline.service();
  expect(service.frozen).not.toBeNull();
  expect(service.environments).toMatchObject({ blue: { weight: 50 }, green: { weight: 50 } });
  await until('the on-call is paged', patienceMs, async () =>
    JSON.stringify(await pipeline.pages()).includes('nobody decided'),
  );
});
