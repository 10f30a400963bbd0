import * as z from 'zod';
import { environmentNames } from './names.ts';

/** `blue` or `green`. */
export const environmentNameSchema = z.enum(environmentNames);

const weight = z.int().min(0).max(100);

/** The two weights of a route: integers that sum to 100 (I1). */
export const weightsSchema = z
  .strictObject({ blue: weight, green: weight })
  .refine((weights) => weights.blue + weights.green === 100, 'the two weights must sum to 100');
