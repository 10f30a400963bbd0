import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hours, minutes } from '../../../../contracts/duration.ts';
import { alertmanagerEventSchema } from '../../../../contracts/events/alertmanager.ts';
import { instant, later } from '../../../../contracts/instant.ts';
import { allOn } from '../../../../contracts/names.ts';
import { type AlertSituation, decideAlert } from '../../../../core/alerts/decide-alert.ts';
import { planAlerts } from '../../../../core/alerts/plan-alerts.ts';

const captured = JSON.parse(
  readFileSync(new URL('../../../fixtures/alertmanager/firing-0.25.json', import.meta.url), 'utf8'),
);
const real = alertmanagerEventSchema.parse(captured.body);
const shop = { services: [{ name: 'shop', alerts: { severities: ['critical'], rollbackWithin: hours(1) } }] };
const [alert] = real.alerts;
if (!alert) throw new Error('the captured payload has no alert');

describe('a captured webhook of Alertmanager', () => {
  it('is one to look into, without an environment, under one name however often it comes (I10)', () => {
    const [plan] = planAlerts(shop, real);

    expect(plan).toMatchObject({
      kind: 'start',
      service: 'shop',
      environment: null,
      trigger: { name: 'HighErrorGauge', fingerprint: '3307d901fd72bc35', summary: 'error ratio 0.3 on shop' },
    });
    expect(planAlerts(shop, real)).toEqual(planAlerts(shop, alertmanagerEventSchema.parse(captured.body)));
  });

  it('names an environment by the label, and only blue or green are ones', () => {
    const labelled = (environment: string) =>
      planAlerts(shop, { ...real, alerts: [{ ...alert, labels: { ...alert.labels, environment } }] });

    expect(labelled('green')).toMatchObject([{ environment: 'green' }]);
    expect(labelled('production')).toMatchObject([{ environment: null }]);
  });

  it.each([
    { service: 'Shop', severity: 'Critical', environment: 'Green' },
    { service: ' shop ', severity: 'CRITICAL', environment: 'GREEN ' },
  ])('counts in whatever case its labels are: $service, $severity, $environment', (labels) => {
    expect(planAlerts(shop, { ...real, alerts: [{ ...alert, labels }] })).toMatchObject([
      { kind: 'start', service: 'shop', environment: 'green', trigger: { service: 'shop' } },
    ]);
  });

  it('is of no service into whose name Unicode folds its label', () => {
    const kiosk = { services: shop.services.map((service) => ({ ...service, name: 'kiosk' })) };
    const of = (service: string) =>
      planAlerts(kiosk, { ...real, alerts: [{ ...alert, labels: { ...alert.labels, service } }] });

    expect(of('KIOSK')).toMatchObject([{ kind: 'start' }]);
    expect(of('\u212Aiosk')).toMatchObject([{ kind: 'ignore', reason: 'unknown-service' }]);
  });

  it.each([
    ['resolved', { status: 'resolved' as const }],
    ['severity', { labels: { service: 'shop', severity: 'warning' } }],
    ['unknown-service', { labels: { service: 'other', severity: 'critical' } }],
    ['no-service-label', { labels: { severity: 'critical' } }],
  ])('is only recorded when %s', (reason, changes) => {
    expect(planAlerts(shop, { ...real, alerts: [{ ...alert, ...changes }] })).toMatchObject([
      { kind: 'ignore', reason },
    ]);
  });
});

describe('a firing alert', () => {
  const now = instant(10_000_000);
  const shift = { id: 'd1', kind: 'deployment', target: 'green', origin: 'blue' } as const;
  const split = { weights: { blue: 75, green: 25 } };
  const fresh = { environment: 'green', countsFrom: later(now, minutes(-59)) } as const;
  const quiet: AlertSituation = {
    environment: 'green',
    live: { weights: allOn('green') },
    operation: null,
    lastDeployment: fresh,
    rollbackWithin: hours(1),
    now,
  };

  it.each<[string, Partial<AlertSituation>, object]>([
    ['on the active environment soon after its deployment: back', {}, { kind: 'return', to: 'blue' }],
    ['on the target of a shift: back', { operation: shift, live: split }, { kind: 'return', to: 'blue' }],
    ['on the target that has all the traffic: back', { operation: shift }, { kind: 'return', to: 'blue' }],
    [
      'on the origin of a shift: pause (I7)',
      { environment: 'blue', operation: shift, live: split },
      { kind: 'pause', operation: 'd1' },
    ],
    [
      'on the origin that gave all its traffic away: nothing',
      { environment: 'blue', operation: shift },
      { kind: 'ignore', reason: 'no-traffic' },
    ],
    [
      'on the target before it has traffic: nothing',
      { operation: shift, live: { weights: allOn('blue') } },
      { kind: 'ignore', reason: 'no-traffic' },
    ],
    [
      'on the active one before a shift: nothing',
      { environment: 'blue', operation: shift, live: { weights: allOn('blue') } },
      { kind: 'ignore', reason: 'before-shift' },
    ],
    [
      'on the active one before a shift, itself fresh: pause',
      {
        environment: 'blue',
        operation: shift,
        live: { weights: allOn('blue') },
        lastDeployment: { ...fresh, environment: 'blue' },
      },
      { kind: 'pause' },
    ],
    ['on the standby: nothing', { environment: 'blue' }, { kind: 'ignore', reason: 'standby' }],
    [
      'too late: nothing',
      { lastDeployment: { ...fresh, countsFrom: later(now, minutes(-61)) } },
      { kind: 'ignore', reason: 'too-late' },
    ],
    ['on an environment never deployed: nothing', { lastDeployment: null }, { kind: 'ignore', reason: 'too-late' }],
    [
      'after its deployment was rolled back: nothing (I7)',
      { environment: 'blue', live: { weights: allOn('blue') } },
      { kind: 'ignore', reason: 'too-late' },
    ],
    [
      'during a rollback: nothing (I7)',
      { operation: { ...shift, kind: 'rollback' }, live: split },
      { kind: 'ignore', reason: 'rollback-in-progress' },
    ],
    [
      'without an environment during a shift: compare',
      { environment: null, operation: shift, live: split },
      { kind: 'compare-sides' },
    ],
    ['without an environment soon after a deployment: compare', { environment: null }, { kind: 'compare-sides' }],
    [
      'without an environment long after: nothing',
      { environment: null, lastDeployment: null },
      { kind: 'ignore', reason: 'too-late' },
    ],
    ['while the traffic is split and nobody is at work: compare', { live: split }, { kind: 'compare-sides' }],
  ])('%s', (_name, changes, expected) => {
    expect(decideAlert({ ...quiet, ...changes })).toMatchObject(expected);
  });

  it('gives a reason that is still true when it is read later', () => {
    expect(decideAlert(quiet)).toMatchObject({
      because: 'green is alerting; green was deployed 59 min before the alert',
    });
  });
});
