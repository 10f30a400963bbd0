import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alertsOfTopic } from '../../../../core/alerts/alerts-of-topic.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/sns/${name}`, import.meta.url), 'utf8');
const publishedAt = '2026-11-23T15:00:00.000Z';

interface Alert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly fingerprint: string;
}
function alertsIn(message: string) {
  const read = alertsOfTopic(message, publishedAt);
  if (read.kind !== 'group') throw new Error(read.reason);
  // The test looks at fields of alerts only.
  return { ...read.document, alerts: read.document.alerts as readonly Alert[] };
}
const alarm = (changes: object = {}, name = 'cloudwatch-alarm.json'): string =>
  JSON.stringify({ ...JSON.parse(fixture(name)), ...changes });
const labelsOf = (message: string) => alertsIn(message).alerts[0]?.labels;

describe('what Amazon Managed Service for Prometheus publishes', () => {
  it('is read from the JSON of its user guide’s template, with Go’s times', () => {
    const { alerts } = alertsIn(fixture('amp-json.txt'));

    expect(alerts.map(({ status, fingerprint }) => [status, fingerprint])).toEqual([
      ['firing', '3307d901fd72bc35'],
      ['resolved', '8a07d901fd72bc01'],
    ]);
    expect(alerts[0]?.labels).toMatchObject({ environment: 'green', severity: 'critical' });
    expect(alerts.map(({ startsAt }) => Date.parse(startsAt))).toEqual([
      Date.parse('2026-11-23T14:59:00.123Z'),
      Date.parse('2026-11-23T14:30:00Z'),
    ]);
  });

  it('is read from the text of the default template, whose alerts start when they are published', () => {
    const { alerts } = alertsIn(fixture('amp-text.txt'));

    expect(alerts).toMatchObject([
      {
        status: 'firing',
        labels: { alertname: 'HighErrorRate', environment: 'green', service: 'chest-xray-mlops', severity: 'critical' },
        annotations: { summary: 'Errors above 1 %' },
        startsAt: publishedAt,
      },
      { status: 'resolved', labels: { alertname: 'SlowAnswers', environment: 'blue' } },
    ]);
  });

  it('in text, the same labels are the same alert and others another, in any order of words', () => {
    const text = fixture('amp-text.txt');
    const print = (message: string) => alertsIn(message).alerts[0]?.fingerprint;

    expect(print(text)).toBe(
      print(
        text.replace(' - severity = critical\n', '').replace(' - alertname', ' - severity = critical\n - alertname'),
      ),
    );
    expect(print(text)).not.toBe(print(text.replace('= green', '= blue')));
  });

  it('JSON that was cut at the end loses only the alert of the cut, and says so', () => {
    const whole = fixture('amp-json.txt');

    const cut = alertsIn(whole.slice(0, whole.indexOf('SlowAnswers') + 5));

    expect(cut.alerts.map(({ fingerprint }) => fingerprint)).toEqual(['3307d901fd72bc35']);
    expect(cut.truncatedAlerts).toBe(1);
    expect(alertsIn(whole).truncatedAlerts).toBe(0);
  });

  it('a template that leaves out status, start and fingerprint leaves an alert all the same', () => {
    const labels = { service: 'chest-xray-mlops', severity: 'critical' };

    const { alerts } = alertsIn(JSON.stringify({ status: 'firing', alerts: [{ labels }] }));

    expect(alerts).toEqual([
      { status: 'firing', labels, startsAt: publishedAt, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ]);
  });
});

describe('what CloudWatch publishes', () => {
  it('is an alert about what its description says', () => {
    expect(alertsIn(alarm()).alerts).toEqual([
      {
        status: 'firing',
        labels: {
          alertname: 'green target errors',
          service: 'chest-xray-mlops',
          environment: 'green',
          severity: 'critical',
        },
        annotations: { summary: expect.stringContaining('Threshold Crossed') },
        startsAt: '2026-11-23T14:59:00.123Z',
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ]);
  });

  it('is resolved when it is OK, as the same alert', () => {
    const [firing] = alertsIn(alarm()).alerts;
    const [ended] = alertsIn(alarm({ NewStateValue: 'OK', OldStateValue: 'ALARM' })).alerts;

    expect(ended).toMatchObject({ status: 'resolved', fingerprint: firing?.fingerprint });
    expect(
      alertsIn(alarm({ AlarmArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:other' })).alerts[0],
    ).not.toMatchObject({
      fingerprint: firing?.fingerprint,
    });
  });

  it('says nothing where it has not enough data', () => {
    expect(alertsOfTopic(alarm({ NewStateValue: 'INSUFFICIENT_DATA' }), publishedAt).kind).toBe('nothing');
  });

  it('a composite alarm counts, and is critical unless it says otherwise', () => {
    expect(labelsOf(alarm({}, 'cloudwatch-composite-alarm.json'))).toEqual({
      alertname: 'green is bad',
      service: 'chest-xray-mlops',
      environment: 'green',
      severity: 'critical',
    });
    expect(labelsOf(alarm({ AlarmDescription: 'service=a; severity=warning' }))).toMatchObject({ severity: 'warning' });
  });

  it.each([
    [
      'its own',
      [
        { name: 'Service', value: 'shop' },
        { name: 'environment', value: 'Blue' },
      ],
      [],
      { service: 'shop', environment: 'blue' },
    ],
    ['those of metric math', [], ['green', 'green'], { service: 'shop', environment: 'green' }],
    ['those of both sides, which accuse neither', [], ['green', 'blue'], { service: 'shop' }],
    ['a cluster as environment, which is no side', [], ['eks:prod/shop', 'eks:prod/shop'], { service: 'shop' }],
  ])('without a description it is about the dimensions: %s', (_, own, sides, labels) => {
    const Metrics = sides.map((value) => ({
      MetricStat: {
        Metric: {
          Dimensions: [
            { name: 'service', value: 'shop' },
            { name: 'environment', value },
          ],
        },
      },
    }));

    const found = labelsOf(alarm({ AlarmDescription: null, Trigger: { Dimensions: own, Metrics } }));

    expect(found).toEqual({ alertname: 'green target errors', severity: 'critical', ...labels });
  });

  it('words that only end like a label are none', () => {
    expect(
      labelsOf(alarm({ AlarmDescription: 'microservice=x, see service=shop, environment=green.', Trigger: null })),
    ).toMatchObject({
      service: 'shop',
    });
  });
});

it.each([
  '',
  'hello',
  'null',
  '[]',
  '{}',
  '{"alerts":{}}',
  '{"AlarmName":"a","NewStateValue":"BAD"}',
  `{${'}'.repeat(300_000)}`,
])('what is neither is not understood: %.40s', (message) => {
  expect(alertsOfTopic(message, publishedAt).kind).toBe('unreadable');
});
