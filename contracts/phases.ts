import type { ApiOperation } from './api/operation.ts';
import type { OperationState } from './operation.ts';

/** A part of an operation, in the words of people. */
export interface Phase {
  readonly name: string;
  readonly place: 'passed' | 'now' | 'ahead';
}

/** The way of each kind of operation, in the words of people, and which states make up a step. */
const ways: Readonly<Record<ApiOperation['kind'], readonly (readonly [string, ...OperationState[]])[]>> = {
  deployment: [
    ['Validate', 'gathering-evidence', 'validating'],
    ['Approve', 'awaiting-approval'],
    ['Wait', 'awaiting-window', 'rechecking', 'awaiting-lock'],
    ['Deploy', 'preparing-standby', 'deploying', 'syncing'],
    ['Verify', 'verifying-standby'],
    ['Shift', 'shifting-traffic'],
    ['Bake', 'baking'],
    ['Finish', 'validating-result', 'finalizing'],
  ],
  rollback: [
    ['Plan', 'gathering-evidence', 'validating', 'awaiting-approval', 'awaiting-window', 'rechecking', 'awaiting-lock'],
    ['Prepare', 'preparing-standby', 'deploying', 'syncing', 'verifying-standby'],
    ['Return', 'shifting-traffic', 'returning-traffic'],
    ['Verify', 'baking', 'validating-result', 'verifying-return'],
    ['Diagnose', 'diagnosing'],
    ['Clean up', 'cleaning-up', 'finalizing'],
  ],
  'switch-traffic': [
    ['Check', 'awaiting-lock'],
    ['Prepare', 'preparing-standby', 'verifying-standby'],
    ['Shift', 'shifting-traffic'],
    ['Keep', 'keeping-split'],
    ['Finish', 'validating-result', 'finalizing'],
  ],
  observation: [
    ['Validate', 'gathering-evidence', 'validating'],
    ['Observe', 'observing'],
  ],
};

/** Where an operation is on its way. */
export function phasesOf({ kind, state }: Pick<ApiOperation, 'kind' | 'state'>): Phase[] {
  const way = ways[kind];
  // A deployment whose traffic goes back has left its way where it shifted.
  const at = way.findIndex(([, ...states]) =>
    states.includes(state === 'returning-traffic' ? 'shifting-traffic' : state),
  );
  return way.map(([name], index) => ({
    name,
    place: at === index ? 'now' : at < 0 || index < at ? 'passed' : 'ahead',
  }));
}
