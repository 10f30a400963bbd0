import { type Approvals, createApprovals } from './approvals.ts';
import { type AuditTrail, createAuditTrail } from './audit-trail.ts';
import { type Candidates, createCandidates } from './candidates.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import { openTable } from './dynamo-table.ts';
import { createLocks, type Locks } from './locks.ts';
import { createOperations, type Operations } from './operations.ts';
import { createReleases, type Releases } from './releases.ts';
import type { TableOptions } from './table.ts';

/** Everything that Sluice remembers. */
export interface Store {
  readonly operations: Operations;
  readonly locks: Locks;
  readonly candidates: Candidates;
  readonly approvals: Approvals;
  readonly releases: Releases;
  readonly audit: AuditTrail;
  readonly deliveries: Deliveries;
}

/** Opens the store on its table. */
export function openStore(options: TableOptions): Store {
  const table = openTable(options);
  return {
    operations: createOperations(table),
    locks: createLocks(table),
    candidates: createCandidates(table),
    approvals: createApprovals(table),
    releases: createReleases(table),
    audit: createAuditTrail(table),
    deliveries: createDeliveries(table),
  };
}
