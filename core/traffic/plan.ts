import type { EnvironmentName, Weights } from '../../contracts/names.ts';
import { percentOn } from './weights.ts';

/** How the traffic moves: up to these percents on the target, ascending. */
export interface TrafficPlan {
  readonly steps: readonly number[];
  readonly target: EnvironmentName;
}

export type NextWeights = { kind: 'move'; to: number; weights: Weights } | { kind: 'done' };

/**
 * The next move of a shift: the first step above what the target has by the live route, so a repeated or resumed shift goes on
 * where the route is, not where a record says (rule 8). Never lowers the target. A stepped return is a shift whose target is
 * the origin.
 */
export function nextWeights({ steps, target }: TrafficPlan, live: Weights): NextWeights {
  const next = steps.toSorted((a, b) => a - b).find((step) => step > live[target]);
  return next === undefined ? { kind: 'done' } : { kind: 'move', to: next, weights: percentOn(target, next) };
}

/** The one move of a switch by hand: to the weight that the person wants, be it more or less than the target has. */
export function weightsByHand(wanted: { weight: number; target: EnvironmentName }, live: Weights): NextWeights {
  const { weight, target } = wanted;
  return live[target] === weight ? { kind: 'done' } : { kind: 'move', to: weight, weights: percentOn(target, weight) };
}
