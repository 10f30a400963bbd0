import { type Application, foreignPin } from '../../adapters/gitops/argo-application.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { because } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { deliveredSource, foreignDestination, wantedDelivery } from '../../core/gitops/application-source.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { type DriftSeen, noteDriftOnce } from '../shift/note-drift.ts';
import type { Drifted } from '../shift/route-drift.ts';

/**
 * Looks whether somebody else has pinned an environment's Application to another commit, or given it other values, which Argo CD then brings in
 * by itself. Recorded once. On the target of a shift it ends the operation: what has the traffic there is not what was approved (I3).
 */
export async function pinLook(deps: ObserveDeps, { operation, service }: OperationContext): Promise<Drifted | null> {
  const { applications } = deps.cluster(service);
  const looks = environmentNames.map(async (environment): Promise<Drifted | null> => {
    const { application } = service.environments[environment];
    // What it cannot see now stops nothing.
    const seen = await applications.read(application).catch(() => null);
    const drift =
      seen === null
        ? null
        : (pinDrift(seen, application) ??
          destinationDrift(seen, { service, environment }) ??
          sourceDrift(seen, { operation, environment }));
    if (drift === null) return null;
    const reason = because('ApplicationDrifted', drift.reason);
    await noteDriftOnce(deps, { operation: operation.id, ...drift, reason });
    return environment === operation.target ? { outcome: 'drift', cause: 'drift', reason } : null;
  });
  return (await Promise.all(looks)).find((one) => one !== null) ?? null;
}

type ApplicationDrift = Omit<DriftSeen, 'operation'>;

function pinDrift(application: Application, name: string): ApplicationDrift | null {
  const foreign = foreignPin(application);
  if (foreign === null) return null;
  const what = `Application ${name}`;
  const reason = `Somebody else pinned ${what} to ${foreign.found}; Sluice had pinned it to ${foreign.pinned}.`;
  return { what, before: foreign.pinned, after: foreign.found, reason };
}

/** On either side: another namespace may be the one that has the traffic. */
function destinationDrift(
  seen: Application,
  { service, environment }: { service: ServiceConfiguration; environment: EnvironmentName },
): ApplicationDrift | null {
  const { application } = service.environments[environment];
  const wanted = wantedDelivery(service, environment);
  const reason = foreignDestination(application, seen, wanted);
  if (reason === null) return null;
  const before = { namespace: wanted.namespace, cluster: wanted.cluster };
  return { what: `the destination of Application ${application}`, before, after: seen.spec.destination, reason };
}

/** On the target, beside what its approvers were shown; on the other side nobody was. */
function sourceDrift(
  application: Application,
  { operation, environment }: { operation: OperationRecord; environment: EnvironmentName },
): ApplicationDrift | null {
  const before = operation.standbySource?.source;
  if (environment !== operation.target || before === undefined) return null;
  const after = deliveredSource(application, environment);
  if (after.sha256 === before.sha256) return null;
  const what = `the source of Application ${application.metadata?.name}`;
  const reason = `Somebody else changed ${what}: it no longer adds to the chart what was approved.`;
  return { what, before, after, reason };
}
