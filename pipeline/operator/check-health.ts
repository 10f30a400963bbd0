import type { ApiHealthCheck } from '../../contracts/api/service.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { OperatorDeps } from '../ports.ts';
import { readLive } from '../standby/read-live.ts';
import { runCheck } from '../standby/verify-health.ts';

/** Runs the configured checks against one environment now. Changes nothing; the probes say who asked for them. */
export async function checkHealth(
  deps: OperatorDeps,
  { service, environment, actor }: { service: ServiceConfiguration; environment: EnvironmentName; actor: string },
): Promise<ApiHealthCheck> {
  const [running, ...checks] = await Promise.all([
    readLive(deps.cluster(service), service, environment),
    ...service.health.checks.map((check) => runCheck(deps, service, environment, check, `health-check by ${actor}`)),
  ]);
  return {
    service: service.name,
    environment,
    version: running?.version ?? null,
    healthy: checks.every(({ result }) => result === 'pass'),
    checks,
  };
}
