import { openStore } from '../../adapters/store/store.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import type { CommonDeps } from '../../pipeline/ports.ts';
import { awsOptions, type Environment, requireVariables, systemNow } from './environment.ts';
import { readConfiguration } from './read-configuration.ts';
import { reportUnreadable } from './report-unreadable.ts';

/** Configuration, store and clock: what every function has. @param within budget of one call of the database. */
export function commonDeps(environment: Environment, within: Milliseconds = seconds(5)): CommonDeps {
  // AWS_REGION is what awsOptions reads.
  const own = requireVariables(environment, 'AWS_REGION', 'SLUICE_CONFIGURATION', 'SLUICE_TABLE');
  return {
    configuration: readConfiguration(own.SLUICE_CONFIGURATION),
    store: openStore(
      { aws: awsOptions(environment, 'DYNAMODB'), tableName: own.SLUICE_TABLE, within },
      reportUnreadable,
    ),
    now: systemNow,
  };
}
