/** One of the two identical environments of a service. */
export type EnvironmentName = 'blue' | 'green';

export const environmentNames = ['blue', 'green'] as const satisfies readonly EnvironmentName[];

/** The environment that is not `environment`. */
export const otherEnvironment = (environment: EnvironmentName): EnvironmentName =>
  environment === 'blue' ? 'green' : 'blue';

/** Percent of the production traffic for each environment: integers that sum to 100 (I1). */
export type Weights = Readonly<Record<EnvironmentName, number>>;

/** All the traffic on one environment. */
export const allOn = (environment: EnvironmentName): Weights => ({
  blue: environment === 'blue' ? 100 : 0,
  green: environment === 'green' ? 100 : 0,
});
