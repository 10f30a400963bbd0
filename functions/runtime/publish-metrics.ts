import type { Environment } from './environment.ts';

/** Writes a line that CloudWatch reads as metrics: bare, since it takes them only from a line that is nothing but JSON. */
export const publishMetrics =
  (environment: Environment) =>
  (line: object): void => {
    if (environment.SLUICE_METRICS !== 'none') process.stdout.write(`${JSON.stringify(line)}\n`);
  };
