import { describe, expect, it } from 'vitest';
import { type SluiceEvent, sluiceEventDetails } from '../../../../contracts/events/sluice-event.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import {
  endedEvent,
  frozenEvent,
  heldEvent,
  holdLiftedEvent,
  pauseEvent,
  startedEvent,
  stateEvent,
  unfrozenEvent,
} from '../../../../core/events/sluice-events.ts';

const at = '2026-11-26T10:00:00.000Z';
const later = '2026-11-26T10:05:00.000Z';
const digest = `sha256:${'ab'.repeat(32)}`;
const record = {
  id: '01kb3n4q7r8fz2m1x0ta',
  kind: 'deployment',
  service: 'chest-xray-mlops',
  trigger: { kind: 'workflow-run', actor: 'ana' },
  actor: 'github:ana',
  executionArn: 'arn:aws:states:us-east-1:123456789012:execution:sluice-deployment:x',
  startedAt: at,
  related: null,
  release: { version: 'v2.1.0', commit: 'c0ffee'.padEnd(40, '0'), digest },
  origin: 'blue',
  target: 'green',
  outcome: 'rolled-back',
  reason: 'r'.repeat(5_000),
  endedAt: later,
  judgement: { much: 'more' },
} as unknown as OperationRecord; // the fields that events are made of, and some that they are not
const freeze = { reason: 'the return could not be verified', operation: record.id, by: 'sluice', at };
const hold = { version: 'v2.1.0', digest, reason: 'error rate', operation: record.id, at };

const every: readonly (SluiceEvent | null)[] = [
  startedEvent(record),
  stateEvent(record, 'shifting-traffic', at),
  pauseEvent(record, 'the origin is bad as well', at),
  pauseEvent(record, null, later),
  endedEvent(record),
  frozenEvent(record.service, freeze),
  unfrozenEvent(record.service, later),
  heldEvent(record.service, hold),
  holdLiftedEvent(record.service, digest, later),
];

describe('events of Sluice', () => {
  it('are of every type that the contract has, each as it says and with nothing else in it', () => {
    const types = every.map((event) => event?.type);

    expect(types).toEqual(Object.keys(sluiceEventDetails));
    for (const event of every) {
      if (event === null) throw new Error('no event');
      expect(sluiceEventDetails[event.type].parse(event.detail)).toEqual(event.detail);
    }
  });

  it('have an id each, which the same fact has again', () => {
    const ids = every.map((event) => event?.detail.id);

    expect(new Set(ids).size).toBe(every.length);
    expect(endedEvent({ ...record })?.detail.id).toBe(endedEvent(record)?.detail.id);
    expect(stateEvent(record, 'shifting-traffic', later)?.detail.id).not.toBe(ids[1]);
  });

  it('of a hold are known again by their operation, of a person’s by their time', () => {
    const again = (operation: string) => heldEvent(record.service, { ...hold, operation, at: later }).detail.id;

    expect(again(record.id)).toBe(heldEvent(record.service, hold).detail.id);
    expect(again('service:chest-xray-mlops')).not.toBe(
      heldEvent(record.service, { ...hold, operation: 'service:chest-xray-mlops' }).detail.id,
    );
  });

  it('are not made of states that nobody waits for, nor of an end that is none', () => {
    expect(stateEvent(record, 'syncing', at)).toBeNull();
    expect(endedEvent({ ...record, outcome: null, endedAt: null })).toBeNull();
  });

  it('carry a thousand characters of a reason, well below what EventBridge takes', () => {
    expect(endedEvent(record)?.detail).toMatchObject({ outcome: 'rolled-back', reason: 'r'.repeat(1_000) });
  });
});
