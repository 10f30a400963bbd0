import type { Seal } from '../seal/seal.ts';
import { type Alerts, createAlerts } from './alerts.ts';
import { type Approvals, createApprovals } from './approvals.ts';
import { type AtRest, createAtRest } from './at-rest.ts';
import { type AuditSealing, type AuditTrail, createAuditTrail } from './audit-trail.ts';
import { type Branches, createBranches } from './branches.ts';
import { type Candidates, createCandidates } from './candidates.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import { openTable } from './dynamo-table.ts';
import { createLocks, type Locks } from './locks.ts';
import { createMessages, type Messages } from './messages.ts';
import { createOperations, type Operations } from './operations.ts';
import type { OnUnreadable } from './read-record.ts';
import { createKeptReadings, type KeptReadings } from './readings.ts';
import { createReleases, type Releases } from './releases.ts';
import { createSubjects, type Subjects } from './subjects.ts';
import { forgetAfter, type TableOptions } from './table.ts';

/** Everything that Sluice remembers. */
export interface Store {
  readonly operations: Operations;
  /** What was measured while an operation was judged. */
  readonly readings: KeptReadings;
  readonly locks: Locks;
  readonly candidates: Candidates;
  readonly approvals: Approvals;
  readonly subjects: Subjects;
  readonly releases: Releases;
  readonly audit: AuditTrail;
  readonly deliveries: Deliveries;
  readonly alerts: Alerts;
  readonly messages: Messages;
  readonly atRest: AtRest;
  readonly branches: Branches;
}

/** How what matters most is proven to come from who may write it (I13). */
export interface Seals {
  readonly decisions: Seal;
  readonly audit: AuditSealing;
}

/** Opens the store on its table. @param onUnreadable is told of each record that a list goes without. */
export function openStore(options: TableOptions, onUnreadable: OnUnreadable, seals: Seals): Store {
  const table = openTable(options);
  const { deliveries, readings } = options.retention;
  const forgetDeliveries = forgetAfter(deliveries);
  return {
    operations: createOperations(table, onUnreadable),
    readings: createKeptReadings(table, readings === null ? null : forgetAfter(readings)),
    locks: createLocks(table, onUnreadable),
    candidates: createCandidates(table),
    approvals: createApprovals(table, forgetDeliveries, seals.decisions),
    subjects: createSubjects(table),
    releases: createReleases(table, onUnreadable),
    audit: createAuditTrail(table, onUnreadable, seals.audit),
    deliveries: createDeliveries(table, forgetDeliveries, onUnreadable),
    alerts: createAlerts(table, forgetDeliveries, onUnreadable),
    messages: createMessages(table, forgetDeliveries),
    atRest: createAtRest(table),
    branches: createBranches(table),
  };
}
