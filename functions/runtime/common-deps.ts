import { openStore } from '../../adapters/store/store.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import type { CommonDeps } from '../../pipeline/ports.ts';
import { commonDepsOn, type Environment } from './environment.ts';

/** Configuration, store and clock, for functions that ask the database first. @param within budget of one call of the database. */
export const commonDeps = (environment: Environment, within: Milliseconds = seconds(5)): CommonDeps =>
  commonDepsOn(environment, (table) => openStore({ ...table, within }));
