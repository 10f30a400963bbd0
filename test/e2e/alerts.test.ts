import { beforeEach, expect, it } from '@jest/globals';
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
beforeEach(() => pipeline.toRest());
const service = 'chest-xray-mlops';
const answered = async (sent: Promise<Response>) => {
  const answer = await sent;
  // the webhook's own answer
  const { alerts } = (await answer.json()) as { alerts: { accepted: boolean; reason?: string; operation?: string }[] };
  return { status: answer.status, alerts };
};
/** Has CI build a version and begins to deploy it, approved; says from which side to which the traffic is to go. */
const deploy = async (version: string) => {
  await pipeline.release(version);
  const { active: origin } = await pipeline.service();
  const target = origin === 'blue' ? 'green' : 'blue';
  const answer = await pipeline.post('/api/deployments', { service, version }, 'dana@example.com');
  const id = String(answer.body.operation);
  await pipeline.approveAll(version, id);
  return { id, origin, target } as const;
};

it('an alert without an environment, when neither side is bad, pauses the shift and pages; a person lets it go on', async () => {
  const { id, target } = await deploy('v2.2.0');
  await pipeline.weightReached(target, 50);

  await pipeline.alerts([{ labels: {}, fingerprint: 'neither' }]);
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
  const { id: deployed, origin, target } = await deploy('v2.3.0');
  expect((await pipeline.ended(deployed)).outcome).toBe('succeeded');

  const sent = await answered(
    pipeline.alerts([
      { labels: { service: 'billing' }, fingerprint: 'a1' },
      { labels: { severity: 'warning', environment: target }, fingerprint: 'a2' },
      { labels: { environment: target }, status: 'resolved', fingerprint: 'a3' },
      { labels: { environment: origin }, fingerprint: 'a4' },
      { labels: { environment: target }, fingerprint: 'a5' },
      { labels: { environment: target }, fingerprint: 'a5' },
    ]),
  );
  await pipeline.weightReached(origin, 100);

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
  expect((await pipeline.service()).holds.map(({ version }) => version)).toEqual(['v2.3.0']);
  const { deliveries } = await pipeline.api<{ deliveries: { id: string; reason: string }[] }>('/api/deliveries');
  const standby = deliveries.filter(({ id }) => id === 'a4').map(({ reason }) => reason);
  expect(standby.join('\n')).toMatch(/(blue|green) has no traffic|returns the traffic already/);
});

it('beyond rollbackWithin an alert about the active environment is recorded, and changes nothing', async () => {
  const { id, target } = await deploy('v2.4.0');
  const { outcome } = await pipeline.ended(id);
  expect(outcome).toBe('succeeded');
  const endedAt = Date.now();
  await until('rollbackWithin is over', patienceMs, async () => Date.now() - endedAt > 8_500);
  const before = (await pipeline.operations()).length;

  await pipeline.alerts([{ labels: { environment: target }, fingerprint: 'late' }]);

  const recorded = await until('it is recorded why', patienceMs, async () => {
    const { deliveries } = await pipeline.api<{ deliveries: { id: string; reason: string }[] }>('/api/deliveries');
    return deliveries.find((one) => one.id === 'late' && one.reason.includes('was not deployed within'));
  });
  expect(recorded.reason).toContain(`${target} was not deployed within 8 s`);
  expect(await pipeline.operations()).toHaveLength(before);
  expect((await pipeline.service()).environments[target].weight).toBe(100);
});

it('a pause of which nobody decides ends at its deadline: back to an origin that is good, and no release is blamed', async () => {
  const { id, origin, target } = await deploy('v2.5.0');
  await pipeline.weightReached(target, 50);

  await pipeline.alerts([{ labels: { environment: origin }, fingerprint: 'origin-1' }]);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('rolled-back');
  expect(ended.reason).toContain('nobody decided within 6 s; compared, neither side is bad now');
  const { environments, holds } = await pipeline.service();
  expect(environments).toMatchObject({ [origin]: { weight: 100 }, [target]: { weight: 0 } });
  expect(holds).toEqual([]);
});

it('when the origin is bad then, the traffic stays where it is: the service is frozen and the on-call paged (I5, I7)', async () => {
  const { id, origin, target } = await deploy('v2.6.0');
  const { environments } = await pipeline.weightReached(target, 50);
  await pipeline.fault({ version: environments[origin].version ?? '', errorRate: 0.5 });

  await pipeline.alerts([{ labels: { environment: origin }, fingerprint: 'origin-2' }]);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('frozen');
  expect(ended.reason).toContain(`nobody decided within 6 s; compared, ${origin} is bad`);
  const now = await pipeline.service();
  expect(now.frozen).not.toBeNull();
  expect(now.environments).toMatchObject({ blue: { weight: 50 }, green: { weight: 50 } });
  await until('the on-call is paged', patienceMs, async () =>
    JSON.stringify(await pipeline.pages()).includes('nobody decided'),
  );
});
