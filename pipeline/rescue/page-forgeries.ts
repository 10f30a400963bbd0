import type { AuditProof } from '../../adapters/store/audit-trail.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { hours, minutes } from '../../contracts/duration.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { pageOnCall } from '../notice/page-on-call.ts';
import { timestamp } from '../operation/operation-context.ts';
import { serviceChain } from '../operation/service-chain.ts';
import type { GuardianDeps } from '../ports.ts';

/** So long whoever wrote an entry may take to seal it. */
const gracePeriod = minutes(1);
/** So long after its end an operation is still looked at. */
const looksBack = hours(1);
/** Entries of a service's own chain that are looked at; it has no end. */
const newest = 50;

/**
 * Wakes the on-call, once, for a record that nobody may have written (I13): a decision or an audit entry without the seal of who writes such
 * records. Sluice does not act on such a decision; somebody could write the table all the same. The way back does not wait for KMS: what it
 * could not seal is sealed here, and says that it came late.
 */
export async function pageForgeries(
  deps: GuardianDeps,
  service: ServiceConfiguration,
  operations: readonly OperationRecord[],
): Promise<void> {
  const recent = operations.filter(
    ({ outcome, endedAt }) => outcome === null || (endedAt !== null && deps.now() - Date.parse(endedAt) < looksBack),
  );
  for (const operation of recent) {
    const { id } = operation;
    let proofs = await deps.store.audit.proofs(id);
    if (isWayBack(operation) && proofs.some((proof) => isOverdue(deps, proof))) {
      await deps.store.audit.sealLate(id, timestamp(deps));
      proofs = await deps.store.audit.proofs(id);
    }
    const forged = (await deps.store.approvals.read(id))?.forged ?? [];
    const decided = forged.map(({ approver, decision }) => `the decision of ${approver} to ${decision}`);
    await pageFor(deps, service, id, [...decided, ...unproven(deps, proofs)]);
  }
  const chain = serviceChain(service);
  await pageFor(deps, service, chain, unproven(deps, await deps.store.audit.proofs(chain, newest)));
}

/** What its chains have to do without at times. */
const isWayBack = ({ kind, returnedBy }: OperationRecord): boolean => kind === 'rollback' || returnedBy !== null;

const isOverdue = ({ now }: GuardianDeps, { state, entry }: AuditProof): boolean =>
  state === 'unsealed' && now() - entry.at > gracePeriod;

const unproven = (deps: GuardianDeps, proofs: readonly AuditProof[]): string[] =>
  proofs
    .filter((proof) => proof.state === 'forged' || isOverdue(deps, proof))
    .map(({ entry: { seq, action, actor } }) => `audit entry ${seq} (${action} by ${actor})`);

async function pageFor(
  deps: GuardianDeps,
  service: ServiceConfiguration,
  operation: string,
  found: readonly string[],
): Promise<void> {
  if (found.length === 0) return;
  const [first, ...others] = found;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const reason = `Nothing proves that Sluice wrote ${first}${more}: its seal is missing or wrong. Somebody may have written into the table directly, or KMS did not answer when it was written`;
  await pageOnCall(deps, service, { operation, kind: 'forged', reason });
}
