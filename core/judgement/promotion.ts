import type { Promotion } from '../../contracts/records/operation.ts';
import type { Evaluation } from './judge.ts';

/** Whether a person has promoted the step with this weight: that one, or all that are left. The bake is no step, and is judged in full. */
export const isPromoted = (promotion: Promotion | null, step: { part: 'step' | 'bake'; weight: number }): boolean =>
  promotion !== null && step.part === 'step' && (promotion.to === 'all' || promotion.weight === step.weight);

/**
 * Whether a promoted step ends with this look: nothing is broken, and what is not known stops nothing, since a person has answered for it. What is
 * bad still goes back (I2).
 */
export const endsPromoted = ({ verdict, breaking }: Evaluation): boolean => verdict !== 'fail' && breaking.length === 0;

/** Whether a person is asked after this step (`traffic.pauseAfter`) who has not been asked yet: one who was has let it go on. */
export const asksPerson = (
  pauseAfter: readonly number[],
  askedAfter: number | null,
  { part, weight }: { part: 'step' | 'bake'; weight: number },
): boolean => part === 'step' && pauseAfter.includes(weight) && askedAfter !== weight;

/** The weights that are left: with `all` nothing lies between this one and all of the traffic. */
export const stepsLeft = (promotion: Promotion | null, steps: readonly number[]): readonly number[] =>
  promotion?.to === 'all' ? [100] : steps;
