import type { DeploymentWindow } from '../../contracts/configuration/windows.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { OperationState } from '../../contracts/operation.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { isHotfix } from '../../contracts/trigger.ts';
import { type WindowState, windowState } from './window-state.ts';

/**
 * What the windows say to one operation. Only a deployment waits for them, unless it is a hotfix or an administrator has overridden the
 * windows for it (DESIGN §5, windows).
 */
export function operationWindow(
  { kind, trigger, windowOverride }: Pick<OperationRecord, 'kind' | 'trigger' | 'windowOverride'>,
  windows: readonly DeploymentWindow[],
  now: Instant,
): WindowState {
  const passes = kind !== 'deployment' || isHotfix(trigger) || windowOverride !== null;
  return passes ? { kind: 'open', closes: null } : windowState(windows, now);
}

/** The states of a deployment before its last look at the windows. */
const before: readonly OperationState[] = [
  'gathering-evidence',
  'validating',
  'awaiting-approval',
  'awaiting-window',
  'rechecking',
];

/** Whether it is a deployment that is still to look at the windows. */
export const isBeforeWindow = ({
  kind,
  state,
  outcome,
  abort,
}: Pick<OperationRecord, 'kind' | 'state' | 'outcome' | 'abort'>): boolean =>
  kind === 'deployment' && outcome === null && abort === null && before.includes(state);
