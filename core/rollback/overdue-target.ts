import { type EnvironmentName, otherEnvironment, type Weights } from '../../contracts/names.ts';
import type { ReadyAnswer } from '../workload/ready-for-weight.ts';

export interface OverdueTarget {
  readonly destination: EnvironmentName;
  readonly weights: Weights;
  /** Of the destination, for what the return needs there. */
  readonly there: ReadyAnswer;
  /** Of the other side, for all the traffic. */
  readonly here: ReadyAnswer;
  /** See `mayGiveWay`. */
  readonly mayGiveWay: boolean;
}

/**
 * The side that gets all the traffic of a return whose destination is not ready at the deadline; null: it stays as it is. Only a part that
 * goes to no pod at all moves, to a side that can take everything: the less bad one of two bad sides (I2's exception). The
 * service freezes either way.
 */
export function sideAtDeadline({
  destination,
  weights,
  there,
  here,
  mayGiveWay,
}: OverdueTarget): EnvironmentName | null {
  const isLost = weights[destination] > 0 && there.replicas === 0;
  return mayGiveWay && isLost && here.kind === 'ready' ? otherEnvironment(destination) : null;
}
