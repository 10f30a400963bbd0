import * as z from 'zod';
import { oneLine } from './one-line.ts';

/** Why somebody wants something, in their words: kept as one line, which is how mails, pages and terminals show it. */
export const givenReason = z.string().overwrite(oneLine).trim().min(1, 'must say why').max(1_000);
