import { createSeal, type Seal, type SealOptions } from '../../adapters/seal/seal.ts';
import type { AuditSealing } from '../../adapters/store/audit-trail.ts';
import { openStore, type Seals } from '../../adapters/store/store.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { InvalidConfiguration } from '../../contracts/errors.ts';
import type { CommonDeps } from '../../pipeline/ports.ts';
import { awsOptions, type Environment, requireVariables, systemNow } from './environment.ts';
import { readConfiguration } from './read-configuration.ts';
import { reportUnreadable } from './report-unreadable.ts';

interface CommonOptions {
  /** Budget of one call of the database; 5 s without it. */
  readonly within?: Milliseconds;
  /** `later` for a function that must not wait for KMS (rule 6). */
  readonly sealing?: AuditSealing['when'];
}

/** Configuration, store and clock: what every function has. */
export function commonDeps(environment: Environment, options: CommonOptions = {}): CommonDeps {
  const { within = seconds(5), sealing = 'at-once' } = options;
  // AWS_REGION is what awsOptions reads.
  const own = requireVariables(environment, 'AWS_REGION', 'SLUICE_CONFIGURATION', 'SLUICE_TABLE');
  const configuration = readConfiguration(own.SLUICE_CONFIGURATION);
  const { retention } = configuration;
  return {
    configuration,
    store: openStore(
      { aws: awsOptions(environment, 'DYNAMODB'), tableName: own.SLUICE_TABLE, within, retention },
      reportUnreadable,
      sealsOf(environment, sealing),
    ),
    now: systemNow,
  };
}

/** The keys by which this function seals and verifies; one that it was not given is missed only where it is used. */
function sealsOf(environment: Environment, when: AuditSealing['when']): Seals {
  const sealBy = (variable: 'SLUICE_DECISION_KEY' | 'SLUICE_AUDIT_KEY', kind: SealOptions['kind']): Seal => {
    const keyId = environment[variable];
    if (keyId) return createSeal({ ...awsOptions(environment, 'KMS'), keyId, kind });
    const missed = async () => {
      throw new InvalidConfiguration(`The environment of this function is incomplete: ${variable} not set.`);
    };
    return { make: missed, verify: missed };
  };
  return {
    decisions: sealBy('SLUICE_DECISION_KEY', 'decision'),
    audit: {
      by: environment.AWS_LAMBDA_FUNCTION_NAME ?? 'unknown',
      seal: sealBy('SLUICE_AUDIT_KEY', 'audit'),
      when,
    },
  };
}
