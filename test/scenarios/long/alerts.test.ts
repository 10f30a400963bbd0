import { beforeEach, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const { pipeline } = observedSandbox(
  ...configured({
    ...quick,
    'traffic.interval': '3s',
    'alerts.rollbackWithin': '12s',
    'deadlines.pause': '12s',
  }),
);
beforeEach(async () => {
  await resolve();
  await pipeline.toRest();
});
const service = 'chest-xray-mlops';
const answered = async (sent: Promise<Response>) => {
  const answer = await sent;
  // the webhook's own answer
  const { alerts } = (await answer.json()) as { alerts: { accepted: boolean; reason?: string; operation?: string }[] };
  return { status: answer.status, alerts };
};
type Alerts = Parameters<typeof pipeline.alerts>[0];
let fired: Alerts[] = [];
const fire = (alerts: Alerts) => {
  fired.push(alerts);
  return pipeline.alerts(alerts);
};
/** Alertmanager says that they do not fire any more: else the next shift would know them. */
const resolve = async () => {
  const over = fired;
  fired = [];
  // In the groups in which they fired, as Alertmanager does.
  for (const group of over) await pipeline.alerts(group.map((alert) => ({ ...alert, status: 'resolved' })));
};
/** Ends a test that leaves the traffic split and the service frozen. */
const backToOneSide = async () => {
  const path = `/api/services/${service}/unfreeze`;
  await pipeline.post(path, { reason: 'the next test' });
  const body = { service, version: 'last-known-good', reason: 'the next test', emergency: true };
  await pipeline.post('/api/rollbacks', body);
  await until('the traffic is on one side', patienceMs, async () =>
    Object.values((await pipeline.service()).environments).some(({ weight }) => weight === 100),
  );
};
/** From here on an alert about the active side no longer returns the traffic. */
const pastRollbackWithin = async () => {
  const endedAt = Date.now();
  await until('rollbackWithin is over', patienceMs, async () => Date.now() - endedAt > 12_500);
};
/** Has CI build a version and begins to deploy it, approved; says from which side to which the traffic is to go. */
const deploy = async (version: string) => {
  await pipeline.release(version);
  const { active: origin } = await pipeline.service();
  const target = origin === 'blue' ? 'green' : 'blue';
  const answer = await pipeline.post('/api/deployments', { service, version }, 'dana@example.com');
  expect(answer).toMatchObject({ body: { operation: expect.any(String) } });
  const id = String(answer.body.operation);
  await pipeline.approveAll(version, id);
  return { id, origin, target } as const;
};

it('an alert without an environment, when neither side is bad, pauses the shift and pages; a person lets it go on', async () => {
  const { id, target } = await deploy('v2.2.0');
  await pipeline.weightReached(target, 50);

  await fire([{ labels: {}, fingerprint: 'neither' }]);
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
  await pipeline.endsAs(id, 'succeeded');
});

it('of many alerts in one payload each has its own answer, and the one that matters returns the traffic once', async () => {
  const { id: deployed, origin, target } = await deploy('v2.3.0');
  await pipeline.endsAs(deployed, 'succeeded');

  const sent = await answered(
    fire([
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
  expect(standby.join('\n')).toMatch(/(blue|green) has no traffic|is already returning the traffic/);
});

it('beyond rollbackWithin an alert about the active environment is recorded, and changes nothing', async () => {
  const { id, target } = await deploy('v2.4.0');
  const { outcome } = await pipeline.ended(id);
  expect(outcome).toBe('succeeded');
  await pastRollbackWithin();
  const before = (await pipeline.operations()).length;

  await fire([{ labels: { environment: target }, fingerprint: 'late' }]);

  const recorded = await until('it is recorded why', patienceMs, async () => {
    const { deliveries } = await pipeline.api<{ deliveries: { id: string; reason: string }[] }>('/api/deliveries');
    return deliveries.find((one) => one.id === 'late' && one.reason.includes('was not deployed within'));
  });
  expect(recorded.reason).toContain(`${target} was not deployed within 12 s`);
  expect(await pipeline.operations()).toHaveLength(before);
  expect((await pipeline.service()).environments[target].weight).toBe(100);
});

it('a pause of which nobody decides ends at its deadline: back to an origin that is good, and no release is blamed', async () => {
  const { id, origin, target } = await deploy('v2.5.0');
  await pipeline.weightReached(target, 50);

  await fire([{ labels: {}, fingerprint: 'nobody' }]);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('rolled-back');
  expect(ended.reason).toContain('nobody decided within 12 s; compared, neither side is bad now');
  const { environments, holds } = await pipeline.service();
  expect(environments).toMatchObject({ [origin]: { weight: 100 }, [target]: { weight: 0 } });
  expect(holds).toEqual([]);
});

it('an alert about the origin pauses the shift, and its end ends the pause', async () => {
  const { id, origin, target } = await deploy('v2.5.1');
  await pipeline.weightReached(target, 50);

  await fire([{ labels: { environment: origin }, fingerprint: 'ends' }]);
  const paused = await until('the shift is paused', patienceMs, async () => {
    const operation = await pipeline.operation(id);
    return operation.pausedBecause === null ? null : operation;
  });
  await resolve();
  const ended = await pipeline.ended(id);

  expect(paused.pausedBecause).toContain('origin');
  expect(ended.outcome).toBe('succeeded');
  const resumed = ended.timeline.filter(({ action, phase }) => action === 'resume' && phase === 'intent');
  expect(resumed.map(({ details }) => details.reason)).toEqual([
    expect.stringContaining('is resolved; compared, neither'),
  ]);
});

it('an alert about the origin pauses the shift and wakes people although the database hangs', async () => {
  const { id, origin, target } = await deploy('v2.5.9');
  await pipeline.weightReached(target, 50);
  await pipeline.dependency({ dependency: 'dynamodb', fault: 'hang' });

  const sent = fire([{ labels: { environment: origin }, fingerprint: 'hangs' }]);
  const page = await until('the on-call is paged', patienceMs, async () =>
    (await pipeline.pages()).map((one) => JSON.stringify(one)).find((one) => one.includes('database does not answer')),
  );
  await pipeline.heal();
  await sent;
  await resolve();

  expect(page).toContain('compared, neither side is bad now');
  expect(page).toContain(`sluice break-glass --service ${service} --to ${origin}`);
  await pipeline.ended(id);
});

it('an alert about the origin that still fires at the deadline of its pause keeps the traffic from going there', async () => {
  const { id, origin, target } = await deploy('v2.5.2');
  await pipeline.weightReached(target, 50);

  await fire([{ labels: { environment: origin }, fingerprint: 'fires-on' }]);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('frozen');
  expect(ended.reason).toMatch(/nobody decided within 12 s; compared, (blue|green) is bad .*alert .* fires/);
  expect((await pipeline.service()).environments).toMatchObject({ blue: { weight: 50 }, green: { weight: 50 } });
  await backToOneSide();
});

it('an alert that fires before the shift is known to it, and the traffic waits until it is over', async () => {
  const { active } = await pipeline.service();
  const standby = active === 'blue' ? 'green' : 'blue';
  await fire([{ labels: { environment: standby }, fingerprint: 'before' }]);

  const { id } = await deploy('v2.5.3');
  const paused = await until('the shift is paused', patienceMs, async () => {
    const operation = await pipeline.operation(id);
    return operation.pausedBecause === null ? null : operation;
  });
  const { environments } = await pipeline.service();
  await resolve();

  expect(paused.pausedBecause).toContain(`about ${standby} is already firing`);
  expect(environments).toMatchObject({ [active]: { weight: 100 }, [standby]: { weight: 0 } });
  await pipeline.endsAs(id, 'succeeded');
});

it('a pause before the first step of which nobody decides ends the deployment: nothing was moved, and nothing is frozen', async () => {
  await pastRollbackWithin();
  const { active } = await pipeline.service();
  await fire([{ labels: { environment: active }, fingerprint: 'before-and-on' }]);
  const { id } = await deploy('v2.5.4');

  const ended = await pipeline.ended(id);

  expect(ended.reason).toContain('nobody decided within 12 s; no traffic was moved [PauseExpired]');
  expect(ended.outcome).toBe('failed');
  const { environments, frozen, holds } = await pipeline.service();
  expect(environments[active]).toMatchObject({ weight: 100 });
  expect([frozen, holds]).toEqual([null, []]);
});

it('an alert that came too early returns the traffic when it is repeated during the shift', async () => {
  const { active } = await pipeline.service();
  const standby = active === 'blue' ? 'green' : 'blue';
  const early = [{ labels: { environment: standby }, fingerprint: 'early' }];
  await fire(early);
  const { id, target } = await deploy('v2.5.5');
  await until('the shift is paused', patienceMs, async () => (await pipeline.operation(id)).pausedBecause !== null);
  await pipeline.post(`/api/operations/${id}/resume`, { reason: 'that was the release before' });
  await pipeline.weightReached(target, 50);

  const repeated = await answered(
    fire([{ ...early[0], labels: { environment: target }, startsAt: new Date().toISOString() }]),
  );

  expect(repeated.alerts[0]?.accepted).toBe(true);
  await pipeline.endsAs(id, 'rolled-back');
  expect((await pipeline.service()).environments[active].weight).toBe(100);
});

it.each([1, 200])('a storm of 10,000 alerts in %s payloads returns the traffic once', async (payloads) => {
  const { id, origin, target } = await deploy(`v2.7.${payloads}`);
  await pipeline.weightReached(target, 50);
  const startsAt = new Date().toISOString();
  const storm = Array.from({ length: 10_000 }, (_, index) => ({
    labels: { environment: target, pod: `pod-${index}` },
    fingerprint: `storm-${payloads}-${index}`,
    startsAt,
  }));
  const size = storm.length / payloads;

  const sent = Array.from({ length: payloads }, (_, at) => fire(storm.slice(at * size, (at + 1) * size)));
  const answers = await Promise.all(sent);
  const ended = await pipeline.ended(id);

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(ended.outcome).toBe('rolled-back');
  expect((await pipeline.service()).environments[origin].weight).toBe(100);
  const ofThis = (await pipeline.returns()).filter(({ related }) => related === id);
  expect(ofThis.map(({ outcome }) => outcome)).toEqual(['succeeded']);
});

it('when the origin is bad then, the traffic stays where it is: the service is frozen and the on-call paged (I5, I7)', async () => {
  const { id, origin, target } = await deploy('v2.6.0');
  const { environments } = await pipeline.weightReached(target, 50);
  await pipeline.fault({ version: environments[origin].version ?? '', errorRate: 0.5 });

  await fire([{ labels: { environment: origin }, fingerprint: 'origin-2' }]);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('frozen');
  expect(ended.reason).toContain(`nobody decided within 12 s; compared, ${origin} is bad`);
  const now = await pipeline.service();
  expect(now.frozen).not.toBeNull();
  expect(now.environments).toMatchObject({ blue: { weight: 50 }, green: { weight: 50 } });
  await until('the on-call is paged', patienceMs, async () =>
    JSON.stringify(await pipeline.pages()).includes('nobody decided'),
  );
});
