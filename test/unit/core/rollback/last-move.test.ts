import { expect, it } from 'vitest';
import { lastMove } from '../../../../core/rollback/last-move.ts';

type Moved = NonNullable<ReturnType<typeof lastMove>>;
const deployment: Moved = { id: 'D', kind: 'deployment', outcome: 'succeeded', desired: null, related: null };
const split: Moved = {
  ...deployment,
  id: 'S',
  kind: 'switch-traffic',
  desired: { weight: 0, until: '', actor: 'ana@example.com', reason: 'compared' },
};
const back: Moved = { ...deployment, id: 'R', kind: 'rollback', related: 'S' };

it('a switch that went back, and what brought it back, moved nothing in the end', () => {
  expect(lastMove([back, split, deployment])).toBe(deployment);
  expect(lastMove([back, { ...split, outcome: 'expired' }, deployment])).toBe(deployment);
});

it('a switch of everything, and the rollback of a deployment, did', () => {
  const all: Moved = { ...split, desired: { weight: 100, until: '', actor: 'ana@example.com', reason: 'maintenance' } };
  const rollback = { ...back, related: 'D' };

  expect(lastMove([all, deployment])).toBe(all);
  expect(lastMove([rollback, { ...deployment, outcome: 'rolled-back' }])).toBe(rollback);
  expect(lastMove([{ ...deployment, outcome: 'failed' }])).toBeNull();
});
