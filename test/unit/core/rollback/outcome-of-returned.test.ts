import { expect, it } from 'vitest';
import {
  isBlameless,
  outcomeOfReturned,
  type ReturnedOperation,
} from '../../../../core/rollback/outcome-of-returned.ts';

const deployment: ReturnedOperation = {
  kind: 'deployment',
  shiftedAt: '2026-11-23T08:00:00Z',
  desired: null,
  abort: null,
};
const split: ReturnedOperation = { ...deployment, kind: 'switch-traffic', desired: { weight: 50 } };
const sentBack: ReturnedOperation = { ...split, desired: { weight: 0 } };
const equal = { release: { digest: 'sha256:ab' }, live: { digest: 'sha256:ab' } };
const aborted = { abort: { actor: 'ana@example.com' } };

it.each([
  ['a deployment that failed with traffic', deployment, { kind: 'failure', cause: 'failed' }, 'rolled-back', false],
  ['one that failed before', { ...deployment, shiftedAt: null }, { kind: 'failure' }, 'failed', false],
  ['one that a person aborted', deployment, { kind: 'abort' }, 'aborted', true],
  [
    'one that saw the abort itself',
    { ...deployment, ...aborted },
    { kind: 'failure', cause: 'failed' },
    'aborted',
    true,
  ],
  ['one whose execution died', deployment, { kind: 'dead-execution' }, 'rolled-back', true],
  ['a split that was judged bad', split, { kind: 'failure', cause: 'failed' }, 'rolled-back', false],
  ['a deployment whose pause nobody ended', deployment, { kind: 'failure', cause: 'expired' }, 'rolled-back', true],
  ['one over which somebody else wrote', deployment, { kind: 'failure', cause: 'drift' }, 'rolled-back', true],
  ['a split at its deadline', split, { kind: 'failure', cause: 'expired' }, 'expired', true],
  ['a split that was sent back', sentBack, { kind: 'abort' }, 'succeeded', true],
  ['a split that was sent back and then aborted', { ...sentBack, ...aborted }, { kind: 'abort' }, 'succeeded', true],
  ['a split between equal releases', { ...split, ...equal }, { kind: 'alert' }, 'rolled-back', true],
  ['a split that an alert took back', split, { kind: 'alert' }, 'rolled-back', false],
] as const)('%s ends by its own reason', (_, operation, trigger, outcome, blameless) => {
  expect(outcomeOfReturned(operation, trigger)).toBe(outcome);
  expect(isBlameless(operation, trigger)).toBe(blameless);
});
