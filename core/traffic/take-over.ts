import type { Fence } from '../../contracts/fence.ts';
import type { EnvironmentName, Weights } from '../../contracts/names.ts';
import { allOn } from '../../contracts/names.ts';

export interface TakeOver {
  readonly epoch: number;
  readonly operation: string;
  readonly destination: EnvironmentName;
}

export type TakeOverDecision =
  | { kind: 'write'; fence: Fence; moves: 'traffic' | 'fence-only' }
  | { kind: 'already-written' }
  | { kind: 'stale-holder'; epoch: number };

/**
 * The first write of a return: claim and weights at once, so that the rescue costs one request and no writer can come in
 * between (DESIGN §1.6). Unlike a shift it may overwrite drift and a lost fence, since it only ever puts everything on one side.
 */
export function decideTakeOver(
  live: { readonly weights: Weights; readonly fence: Fence | null },
  { epoch, operation, destination }: TakeOver,
): TakeOverDecision {
  const wanted = allOn(destination);
  const settled = live.weights[destination] === 100;
  if (live.fence !== null) {
    if (live.fence.epoch > epoch) return { kind: 'stale-holder', epoch: live.fence.epoch };
    if (live.fence.epoch === epoch && live.fence.operation !== operation) return { kind: 'stale-holder', epoch };
    if (live.fence.epoch === epoch && settled) return { kind: 'already-written' };
  }
  const seq = (live.fence?.seq ?? 0) + 1;
  const fence: Fence = { epoch, seq, operation, origin: destination, weights: wanted };
  return { kind: 'write', fence, moves: settled ? 'fence-only' : 'traffic' };
}
