import { describe, expect, it } from 'vitest';
import { listed, standingOf } from '../../../console/service-lines.ts';
import { type ApiServiceLine, serviceLineSchema } from '../../../contracts/api/summary.ts';

const line = (name: string, changes: Partial<ApiServiceLine> = {}): ApiServiceLine => ({
  ...{ name, active: 'blue', version: 'v2.0.5', ready: 3, weights: { blue: 100, green: 0 } },
  ...{ frozen: null, problem: null, atWork: null, last: null },
  ...changes,
});
const atWork: NonNullable<ApiServiceLine['atWork']> = {
  ...{ id: 'd1', kind: 'deployment', version: 'v2.1.0', state: 'shifting-traffic' },
  ...{ startedAt: '2026-11-23T09:44:44.000Z', waiting: null },
};
const waiting = {
  ...atWork,
  state: 'awaiting-approval' as const,
  waiting: { kind: 'approval' as const, text: 'Waiting for 1 approval (ml-lead): cleo@example.com.', until: null },
};

describe('a service in a line', () => {
  it('says who is waited for', () => {
    expect(standingOf(line('a', { atWork: waiting }))).toEqual({
      text: 'Waits for approval',
      detail: 'Deployment of v2.1.0. Waiting for 1 approval (ml-lead): cleo@example.com.',
      tone: 'wait',
    });
  });

  it('says what holds up a sync', () => {
    const held = { kind: 'sync' as const, text: 'Not synced and rolled out yet: no pods.', until: null };

    expect(standingOf(line('a', { atWork: { ...atWork, state: 'syncing', waiting: held } }))).toEqual({
      text: 'Waiting for Argo CD',
      detail: 'Deployment of v2.1.0. Not synced and rolled out yet: no pods.',
      tone: 'work',
    });
  });

  it('says how the last operation ended, and why when it did not succeed', () => {
    const last = { ...atWork, outcome: 'rolled-back' as const, reason: 'Error rate 12 %, limit 1 %.', endedAt: null };

    expect(standingOf(line('a', { last })).detail).toBe(
      'Deployment of v2.1.0: rolled back: Error rate 12 %, limit 1 %.',
    );
  });

  it('says of a frozen one, and of one that cannot be read, before all else why', () => {
    const frozen = { reason: 'both sides are bad', at: '2026-11-23T09:44:44.000Z' };

    expect(standingOf(line('a', { frozen, atWork }))).toMatchObject({ text: 'Frozen', detail: 'both sides are bad' });
    expect(standingOf(line('a', { problem: 'The route is gone.' })).tone).toBe('bad');
  });
});

describe('the live side in the line', () => {
  it.each([null, { ...atWork }])('is said to have no ready pod, also while something is at work', (work) => {
    expect(standingOf(line('a', { ready: 0, atWork: work }))).toEqual({
      text: 'No pod is ready',
      detail: 'The live side is blue. None of its pods is ready.',
      tone: 'bad',
    });
  });

  it.each([1, null])('is calm with %s ready: null is what nobody knows, or an earlier API', (ready) => {
    expect(standingOf(line('a', { ready }))).toMatchObject({ text: 'At rest', tone: 'calm' });
  });

  it('has nothing to say of ready pods in the answer of an earlier API', () => {
    const { ready: _, ...earlier } = line('a');

    expect(serviceLineSchema.parse(earlier).ready).toBeNull();
  });
});

describe('the list of services', () => {
  const lines = [
    line('at-rest'),
    line('at-work', { atWork }),
    line('waiting', { atWork: waiting }),
    line('dead', { ready: 0 }),
    line('frozen', { frozen: { reason: 'x', at: '2026-11-23T09:44:44.000Z' } }),
  ];

  it('begins with those that may need a person', () => {
    expect(listed(lines, '').map(({ name }) => name)).toEqual(['dead', 'frozen', 'waiting', 'at-work', 'at-rest']);
  });

  it('has those that are like what was typed, by name, version and state', () => {
    expect(listed(lines, ' AT-re').map(({ name }) => name)).toEqual(['at-rest']);
    expect(listed(lines, 'approval').map(({ name }) => name)).toEqual(['waiting']);
    expect(listed(lines, 'v9')).toEqual([]);
  });
});
