import { type Approvals, createApprovals } from './approvals.ts';
import { type AuditTrail, createAuditTrail } from './audit-trail.ts';
import { type Candidates, createCandidates } from './candidates.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import { createLocks, type Locks } from './locks.ts';
import { createOperations, type Operations } from './operations.ts';
import { createReleases, type Releases } from './releases.ts';
import type { Table } from './table.ts';

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

/** The store on a table that is already open, or opens itself when it is needed. */
export function storeOn(table: Table): Store {
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
