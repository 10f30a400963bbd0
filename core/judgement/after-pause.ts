import type { EnvironmentName } from '../../contracts/names.ts';
import type { SideComparison } from './compare-sides.ts';

/**
 * What becomes of a paused shift of which nobody decided: back to the origin, if that is known to be good; else the traffic stays and
 * the service freezes, for the origin is never raised blindly (I7), nor the target.
 */
export const afterPause = (comparison: SideComparison, target: EnvironmentName): 'return' | 'freeze' =>
  comparison.kind === 'none-bad' || (comparison.kind === 'one-bad' && comparison.bad === target) ? 'return' : 'freeze';
