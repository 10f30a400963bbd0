import { describe, expect, it } from 'vitest';
import { operationStates, outcomes } from '../../../../contracts/operation.ts';
import { shownStatus } from '../../../../core/operation/shown-status.ts';

const ended = (outcome: (typeof outcomes)[number]) => ({ state: 'ended' as const, outcome, reason: 'because' });

describe('how GitHub shows a deployment', () => {
  it('waits until it holds the lock, and changes something from then on', () => {
    const states = operationStates.map((state) => shownStatus({ state, outcome: null, reason: null }).state);

    expect(states.indexOf('in_progress')).toBe(operationStates.indexOf('preparing-standby'));
    expect(new Set(states.slice(operationStates.indexOf('preparing-standby')))).toEqual(new Set(['in_progress']));
  });

  it('is a success only when it succeeded and its traffic did not go back', () => {
    expect(outcomes.filter((outcome) => shownStatus(ended(outcome)).state === 'success')).toEqual(['succeeded']);
    const rollback = { id: 'op2', outcome: 'succeeded' as const };
    expect(shownStatus(ended('succeeded'), rollback)).toEqual({
      state: 'inactive',
      description: 'The traffic went back afterwards: op2',
    });
    expect(shownStatus(ended('succeeded'), { id: 'op2', outcome: 'failed' }).state).toBe('success');
    expect(shownStatus(ended('rolled-back'), rollback)).toEqual({
      state: 'failure',
      description: 'rolled-back: because',
    });
  });
});
