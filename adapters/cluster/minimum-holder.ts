import type { Instant } from '../../contracts/instant.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import type { CapacityFence } from './capacity-fence.ts';

/** What decides how many pods an environment has at least. */
export interface CapacitySeen {
  /** For people: `HorizontalPodAutoscaler production-green/chest-xray-mlops`. */
  readonly object: string;
  readonly minimum: number;
  /** The most that it may start, and the field that says so; null where nothing limits it. */
  readonly limit: { readonly field: string; readonly pods: number } | null;
  readonly fence: CapacityFence | null;
  /**
   * Why it does not decide, and what to do about it; null when it does. `foreign`: whoever owns it would undo each write. `idle`: it can be
   * written, but takes effect only later.
   */
  readonly problem: { readonly kind: 'foreign' | 'idle'; readonly message: string } | null;
  /** What it says is wrong with itself, and since when; Argo CD calls it Degraded then. Absent where it is well. */
  readonly unwell?: { readonly message: string; readonly since: Instant };
}

/** The one object on which the minimum of an environment is written, fenced. One for each kind of `autoscaler:`. */
export interface MinimumHolder<Held extends CapacitySeen = CapacitySeen> {
  /** For people, also when it is not there. */
  readonly object: string;
  /** What makes the pods as many as its minimum says. */
  readonly by: 'autoscaler' | 'scale';
  read(options?: CallOptions): Promise<Held | null>;
  /** Writes the fence and its minimum on top of exactly what was read. */
  write(held: Held, fence: CapacityFence & { minimum: number }, options?: CallOptions): Promise<'written' | 'conflict'>;
}
