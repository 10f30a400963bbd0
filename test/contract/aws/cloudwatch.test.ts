import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseInstant } from '../../../contracts/instant.ts';
import { startCloudWatch } from '../../../sandbox/aws/start-cloudwatch.ts';
import { clientSettings } from './client-settings.ts';
import { closedAfterwards } from './opened.ts';

const now = parseInstant('2026-11-30T10:10:30Z');
let client: CloudWatchClient;
beforeEach(async () => {
  // As many requests as there are seconds.
  const measure = ({ from, to }: { from: number; to: number }) => (to - from) / 1_000;
  const standIn = await closedAfterwards(startCloudWatch({ port: 0, clock: () => now, measure }));
  client = new CloudWatchClient(clientSettings(standIn.endpoint));
});
afterEach(() => client.destroy());

const requests = (Id: string, Period = 60): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: 'AWS/ApplicationELB', MetricName: 'RequestCount' }, Period, Stat: 'Sum' },
  ReturnData: true,
});
const ask = (MetricDataQueries: MetricDataQuery[], from = '10:06:40', to = '10:10:30') =>
  client.send(
    new GetMetricDataCommand({
      MetricDataQueries,
      StartTime: new Date(`2026-11-30T${from}Z`),
      EndTime: new Date(`2026-11-30T${to}Z`),
    }),
  );

it('has a value for each minute that ended a minute ago, the newest first', async () => {
  const { MetricDataResults } = await ask([requests('a'), { Id: 'b', Expression: 'a * 2', ReturnData: true }]);

  const Timestamps = ['10:08', '10:07', '10:06'].map((time) => new Date(`2026-11-30T${time}:00Z`));
  expect(MetricDataResults).toEqual([
    { Id: 'a', Label: 'RequestCount', Timestamps, Values: [60, 60, 60], StatusCode: 'Complete' },
    { Id: 'b', Label: 'b', Timestamps, Values: [120, 120, 120], StatusCode: 'Complete' },
  ]);
});

it('begins a longer period with the minute of the start', async () => {
  const { MetricDataResults } = await ask([requests('a', 120)], '10:03:10', '10:05:00');

  expect(MetricDataResults?.[0]).toMatchObject({
    Timestamps: [new Date('2026-11-30T10:03:00Z')],
    Values: [120],
  });
});

it.each([
  ['two queries of one name', [requests('a'), requests('a')], /not unique/],
  ['an expression that is none', [requests('a'), { Id: 'b', Expression: 'a +' }], /Error in expression 'b'/],
  ['a name with a capital', [requests('A')], /Id/],
  ['a period that is no whole minutes', [requests('a', 90)], /Period/],
] as [string, MetricDataQuery[], RegExp][])('refuses %s', async (_what, queries, message) => {
  await expect(ask(queries)).rejects.toMatchObject({ message: expect.stringMatching(message) });
});

it('refuses a time that ends before it begins', async () => {
  await expect(ask([requests('a')], '10:06:00', '10:05:00')).rejects.toMatchObject({
    message: expect.stringContaining('StartTime must be less'),
  });
});
