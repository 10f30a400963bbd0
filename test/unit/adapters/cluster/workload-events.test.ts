import { describe, expect, it } from 'vitest';
import { toWorkloadEvent } from '../../../../adapters/cluster/workloads.ts';

const common = {
  metadata: { name: 'e', creationTimestamp: '2026-11-23T08:00:00Z' },
  involvedObject: { kind: 'Pod', name: 'app-1' },
  reason: 'BackOff',
  message: 'back-off restarting failed container',
  type: 'Warning',
};

describe('toWorkloadEvent', () => {
  it('reads an event of the old recorder', () => {
    const event = toWorkloadEvent({ ...common, lastTimestamp: '2026-11-23T08:05:00Z', count: 7 });

    expect(event).toEqual({
      at: Date.parse('2026-11-23T08:05:00Z'),
      type: 'Warning',
      reason: 'BackOff',
      object: 'Pod/app-1',
      message: 'back-off restarting failed container',
      count: 7,
    });
  });

  it('reads an event of the new recorder, whose series says how often and when last', () => {
    const event = toWorkloadEvent({
      ...common,
      eventTime: '2026-11-23T08:01:00.000000Z',
      series: { count: 3, lastObservedTime: '2026-11-23T08:09:00.000000Z' },
    });

    expect(event).toMatchObject({ at: Date.parse('2026-11-23T08:09:00Z'), count: 3 });
  });

  it('falls back to when the event was written', () => {
    expect(toWorkloadEvent(common).at).toBe(Date.parse('2026-11-23T08:00:00Z'));
  });
});
