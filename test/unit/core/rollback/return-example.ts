import { minutes } from '../../../../contracts/duration.ts';
import { instant } from '../../../../contracts/instant.ts';
import type { EnvironmentName } from '../../../../contracts/names.ts';
import { type RollbackTrigger, rollbackTriggerSchema } from '../../../../contracts/trigger.ts';
import type { ReturnQuestion } from '../../../../core/rollback/plan-return.ts';
import type { WorkloadSeen } from '../../../../core/workload/readiness.ts';

export const service: ReturnQuestion['service'] = {
  name: 'app',
  alerts: { severities: ['critical'], rollbackWithin: minutes(60) },
  bake: minutes(10),
  replicas: { min: 3, max: 10, minAvailable: 3 },
};

export const former = {
  version: 'v2.0.5',
  commit: 'b',
  chartTree: null,
  digest: 'sha256:old',
  succeededAt: instant(5),
};
export const recent = {
  version: 'v2.1.0',
  commit: 'c',
  chartTree: null,
  digest: 'sha256:new',
  succeededAt: instant(6),
};
export const ancient = {
  ...{ version: 'v2.0.4', commit: 'a', chartTree: null },
  ...{ digest: 'sha256:ancient', succeededAt: instant(4) },
};

interface Running {
  readonly version: string;
  readonly digest: string;
}

/**
 * A side with so many ready pods of a release, v2.0.5; null: with no Deployment at all.
 *
 * @param coming what its Deployment asks for.
 */
export function side(
  ready: number | null,
  { version, digest }: Running = former,
  coming: Running = { version, digest },
): WorkloadSeen {
  if (ready === null) return { deployment: null, pods: [] };
  const kindOf = (one: Running) => ({
    metadata: { labels: { 'app.kubernetes.io/version': one.version } },
    spec: { containers: [{ name: 'app', image: `registry.example.com/app@${one.digest}` }] },
  });
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const pod = { ...kindOf({ version, digest }), status };
  return {
    deployment: { spec: { replicas: 3, template: kindOf(coming) } },
    pods: Array.from({ length: ready }, () => pod),
  };
}

export const trigger = (wanted: object): RollbackTrigger => rollbackTriggerSchema.parse({ service: 'app', ...wanted });

export const alertAbout = (environment: EnvironmentName | null) =>
  trigger({
    kind: 'alert',
    environment,
    name: 'HighErrorRate',
    severity: 'critical',
    fingerprint: 'f1',
    startsAt: Date.parse('2026-11-28T12:00:00Z'),
    summary: null,
  });

export const person = (version: string) =>
  trigger({
    kind: 'person',
    wants: 'rollback',
    version,
    reason: 'customers complain',
    emergency: true,
    actor: 'ana@example.com',
    at: 0,
  });
