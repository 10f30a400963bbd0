import { beforeEach, describe, expect, it } from 'vitest';
import { formatInstant } from '../../../../contracts/instant.ts';
import { createApp } from '../../../../functions/alertmanager-webhook/app.ts';
import { sweepingIn } from '../support/sweeping.ts';
import { createWorld, fakeSecrets, machines, type World } from '../support/world.ts';

let world: World;
let sweep: ReturnType<typeof sweepingIn>['sweep'];
beforeEach(async () => {
  world = await createWorld();
  ({ sweep } = sweepingIn(world));
});

/** A notification of Alertmanager's about one alert, which leaves others out. */
async function deliver(truncatedAlerts: number, service = world.service.name) {
  const labels = { alertname: 'Slow', service, environment: 'green', severity: 'warning' };
  const alert = { status: 'firing', labels, startsAt: formatInstant(world.now()), fingerprint: 'f1' };
  const secrets = fakeSecrets({ current: 'token', previous: null });
  const app = createApp({ ...world, secrets, secretName: 'x', rollbackMachine: machines.rollback });
  const body = JSON.stringify({ version: '4', truncatedAlerts, alerts: [alert] });
  const headers = { authorization: 'Bearer token' };
  await app.request('/webhooks/alertmanager', { method: 'POST', body, headers });
}

describe('alerts that Alertmanager left out', () => {
  it('wake a person once, with their number and what to change', async () => {
    await deliver(12);

    await sweep();
    await sweep();

    expect(world.pager.pages).toHaveLength(1);
    expect(world.pager.pages[0]?.text).toContain('Alertmanager left out 12 alerts');
    expect(world.pager.pages[0]?.text).toContain('max_alerts');
  });

  it('wake a person again when an hour later it still leaves some out, and not over news of long ago', async () => {
    await deliver(12);
    await sweep();
    world.pass(3_600_000);
    await sweep();
    expect(world.pager.pages).toHaveLength(1);

    await deliver(3);
    await sweep();

    expect(world.pager.pages).toHaveLength(2);
  });

  it('wake nobody when none is left out', async () => {
    await deliver(0);
    await sweep();

    expect(world.pager.pages).toEqual([]);
  });
});
