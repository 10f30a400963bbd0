import * as z from 'zod';
import { InvalidConfiguration } from '../../contracts/errors.ts';
import type { Environment } from './environment.ts';

/** Reads some variables of the environment by their schemas, naming all that are missing. Where names are enough: requireVariables. */
export function readEnvironment<Shape extends z.core.$ZodLooseShape>(environment: Environment, shape: Shape) {
  const parsed = z.object(shape).safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new InvalidConfiguration(`The environment of this function is incomplete: ${problems}.`);
}
