import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseInstant } from '../../../../contracts/instant.ts';
import type { CountedOperation } from '../../../../core/metrics/delivery-metrics.ts';
import { metricsOfOutcome, outcomeLine } from '../../../../core/metrics/outcome-metrics.ts';

const minute = 60_000;
const at = (clock: string) => `2026-11-02T${clock}:00.000Z`;
const alert = { kind: 'alert', service: 'shop', environment: 'green' } as CountedOperation['trigger'];
const deployment = (changes: Partial<CountedOperation> = {}): CountedOperation => ({
  ...{ id: '01', kind: 'deployment', service: 'shop', outcome: 'succeeded' },
  trigger: { kind: 'workflow-run' } as CountedOperation['trigger'],
  ...{ startedAt: at('10:00'), endedAt: at('11:00'), shiftedAt: at('10:30'), committedAt: at('09:00') },
  ...{ weights: { blue: 0, green: 100 }, related: null, phases: [] },
  ...changes,
});
const rollback = (changes: Partial<CountedOperation> = {}) =>
  deployment({
    ...{ kind: 'rollback', trigger: alert, startedAt: at('12:00'), endedAt: at('12:20'), related: '01' },
    phases: [{ state: 'verifying-return', at: at('12:01') }],
    ...changes,
  });

describe('what is counted when an operation ends', () => {
  it.each<[string, CountedOperation, Parameters<typeof metricsOfOutcome>[1], object | null]>([
    [
      'a deployment that succeeded',
      deployment(),
      null,
      { EndedDeployments: 1, SucceededDeployments: 1, Changes: 1, FailedChanges: 0, LeadTime: 120 * minute },
    ],
    [
      'one whose release was taken back',
      deployment({ outcome: 'rolled-back' }),
      null,
      { EndedDeployments: 1, SucceededDeployments: 0, Changes: 1, FailedChanges: 1 },
    ],
    [
      'one that nobody approved',
      deployment({ outcome: 'rejected', shiftedAt: null }),
      null,
      { EndedDeployments: 1, SucceededDeployments: 0, Changes: 0, FailedChanges: 0 },
    ],
    [
      'a return of a deployment that had succeeded',
      rollback(),
      'succeeded',
      { Returns: 1, FailedChanges: 1, TimeToRestore: minute },
    ],
    [
      'a return of one that counts as failed itself',
      rollback(),
      'rolled-back',
      { Returns: 1, FailedChanges: 0, TimeToRestore: minute },
    ],
    [
      'a return of what serves',
      rollback({ related: null }),
      null,
      { Returns: 1, FailedChanges: 1, TimeToRestore: minute },
    ],
    [
      'a return that a person had planned',
      rollback({ trigger: { kind: 'person', wants: 'rollback', emergency: false } as CountedOperation['trigger'] }),
      'succeeded',
      { Returns: 1 },
    ],
    ['a return that moved nothing', rollback({ weights: null }), 'succeeded', null],
    ['a split by hand', deployment({ kind: 'traffic' as CountedOperation['kind'] }), null, null],
    ['what has not ended', deployment({ outcome: null }), null, null],
  ])('of %s', (_, operation, returned, metrics) => {
    expect(metricsOfOutcome(operation, returned)).toEqual(metrics);
  });

  it('is a line that CloudWatch takes for metrics, by service and for the installation', () => {
    const metrics = metricsOfOutcome(deployment(), null) ?? {};

    const line = outcomeLine(metrics, {
      ...{ installation: 'sluice', service: 'shop', operation: '01', now: parseInstant(at('11:00')) },
    });

    const { _aws, ...members } = embeddedMetrics.parse(JSON.parse(JSON.stringify(line)));
    expect(_aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['Installation', 'Service'], ['Installation']]);
    expect(_aws.CloudWatchMetrics[0]?.Metrics).toContainEqual({ Name: 'LeadTime', Unit: 'Milliseconds' });
    expect(members).toEqual({ Installation: 'sluice', Service: 'shop', operation: '01', ...metrics });
  });
});

/** CloudWatch's units: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
const bits = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes', 'Bits', 'Kilobits', 'Megabits', 'Gigabits'];
const amounts = [...bits, 'Terabits', 'Count'];
const units = ['Seconds', 'Microseconds', 'Milliseconds', 'Percent', 'None', ...amounts];
const allUnits = [...units, ...amounts.map((unit) => `${unit}/Second`)];

/**
 * The schema of the embedded metric format, and what its specification says beside it: dimensions are strings of the root, metrics are its numbers.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const name = z.string().regex(/\S/).min(1).max(1_024);
const embeddedMetrics = z
  .looseObject({
    _aws: z.object({
      Timestamp: z.int().min(0),
      CloudWatchMetrics: z.array(
        z.object({
          Namespace: name,
          Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).min(1),
          Metrics: z
            .array(
              z.strictObject({
                Name: name,
                Unit: z.enum(allUnits).optional(),
                StorageResolution: z.literal([1, 60]).optional(),
              }),
            )
            .max(100),
        }),
      ),
    }),
  })
  .superRefine(({ _aws, ...members }, context) => {
    for (const { Dimensions, Metrics } of _aws.CloudWatchMetrics) {
      for (const dimension of Dimensions.flat()) {
        const { success } = name.safeParse(members[dimension]);
        if (!success) context.addIssue({ code: 'custom', message: `${dimension} is no text of the root` });
      }
      for (const metric of Metrics) {
        const { success } = z.number().safeParse(members[metric.Name]);
        if (!success) context.addIssue({ code: 'custom', message: `${metric.Name} is no number of the root` });
      }
    }
  });
