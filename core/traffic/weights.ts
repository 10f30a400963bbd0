import { InvalidInput } from '../../contracts/errors.ts';
import type { EnvironmentName, Weights } from '../../contracts/names.ts';

/** Whether two numbers are a pair of weights: integers from 0 that sum to 100 (I1). */
export const areWeights = ({ blue, green }: Weights): boolean =>
  Number.isInteger(blue) && Number.isInteger(green) && blue >= 0 && green >= 0 && blue + green === 100;

/** @throws InvalidInput when the weights break I1: whoever computed them has a fault. */
export function assertWeights(weights: Weights): void {
  if (areWeights(weights)) return;
  throw new InvalidInput(`weights must be integers that sum to 100, not ${JSON.stringify(weights)}`);
}

export const sameWeights = (a: Weights, b: Weights): boolean => a.blue === b.blue && a.green === b.green;

/** The environment with all the traffic; null while it is split. */
export const soleEnvironment = ({ blue, green }: Weights): EnvironmentName | null => {
  if (blue === 100 && green === 0) return 'blue';
  return green === 100 && blue === 0 ? 'green' : null;
};

/** The environment with more of the traffic; blue when both have the same. */
export const largerSide = ({ blue, green }: Weights): EnvironmentName => (green > blue ? 'green' : 'blue');

/** `percent` on one environment and the rest on the other. */
export const percentOn = (environment: EnvironmentName, percent: number): Weights =>
  environment === 'blue' ? { blue: percent, green: 100 - percent } : { blue: 100 - percent, green: percent };
