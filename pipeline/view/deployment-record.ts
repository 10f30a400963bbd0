import { type DeploymentRecord, recordFormat } from '../../contracts/api/record.ts';
import { describeTrigger } from '../approval/deployment-summary.ts';
import type { ViewDeps } from '../ports.ts';
import { ifReadable } from './if-readable.ts';
import { readOperationView } from './operation-views.ts';

/** Everything that is kept of one operation, as one document. @throws {NotFound} */
export async function readDeploymentRecord(deps: ViewDeps, id: string): Promise<DeploymentRecord> {
  const view = await readOperationView(deps, id);
  const operation = await deps.store.operations.read(id);
  if (operation === null) throw new Error(`Operation ${id} was there a moment ago.`);
  const { release: reference, related } = operation;
  const [head, known, returned] = await Promise.all([
    deps.store.audit.head(id),
    reference === null ? null : ifReadable(deps, deps.store.releases.read(operation.service, reference.digest)),
    related === null || related === id ? null : ifReadable(deps, deps.store.operations.read(related)),
  ]);
  const { service, actor, kind, startedAt, endedAt, outcome, reason, origin, target, weights, checks } = view;
  return {
    ...{ format: recordFormat, id, kind, service, actor, startedAt, endedAt, outcome, reason, related },
    ...{ origin, target, weights, checks },
    repository: deps.configuration.services.find(({ name }) => name === service)?.repository ?? null,
    trigger: describeTrigger(operation.trigger, returned),
    state: view.state,
    release:
      known === null
        ? null
        : {
            ...known.release,
            chartTree: reference?.chartTree ?? null,
            validatedAt: known.validatedAt,
            approvedAt: known.approvedAt,
            evidence: known.evidence,
          },
    replaced: operation.live,
    gitCommit: operation.gitCommit,
    phases: operation.phases,
    diagnosis: view.diagnosis,
    approvals: view.approvals,
    audit: { head, anchoredAt: operation.anchoredAt, anchoredIn: deps.auditBucket },
  };
}
