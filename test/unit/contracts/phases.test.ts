import { describe, expect, it } from 'vitest';
import { doingWords, outcomeWords } from '../../../console/words.ts';
import { operationStates, outcomes } from '../../../contracts/operation.ts';
import { phasesOf } from '../../../contracts/phases.ts';

const kinds = ['deployment', 'rollback', 'switch-traffic', 'observation'] as const;

describe('progress', () => {
  it('shows what is behind, what is now and what is ahead', () => {
    expect(
      phasesOf({ kind: 'deployment', state: 'shifting-traffic' }).map(({ name, place }) => `${name} ${place}`),
    ).toEqual([
      'Validate passed',
      'Approve passed',
      'Wait passed',
      'Deploy passed',
      'Verify passed',
      'Shift now',
      'Bake ahead',
      'Finish ahead',
    ]);
  });

  it.each(kinds)('has a place for every state that a %s can be in', (kind) => {
    const own = operationStates.filter((state) => state !== 'ended' && state !== 'observing');
    // Only a rollback returns, diagnoses and cleans up, and only a switch keeps a split.
    const returning = ['verifying-return', 'diagnosing', 'cleaning-up'];
    const possible = {
      deployment: own.filter((state) => ![...returning, 'keeping-split'].includes(state)),
      rollback: own.filter((state) => state !== 'keeping-split'),
      'switch-traffic': own.filter((state) =>
        /^(awaiting-lock|preparing-standby|verifying-standby|shifting-traffic|keeping-split|validating-result|finalizing)$/.test(
          state,
        ),
      ),
      observation: ['gathering-evidence', 'observing'] as const,
    }[kind];

    for (const state of possible) {
      expect([state, phasesOf({ kind, state }).filter(({ place }) => place === 'now')]).toEqual([
        state,
        [expect.anything()],
      ]);
    }
  });

  it('has words for every state and every outcome', () => {
    for (const state of operationStates) if (state !== 'ended') expect(doingWords(state)).not.toBe(state);
    for (const outcome of outcomes) expect(outcomeWords({ outcome, reason: null }).text).not.toBe(outcome);
  });
});
