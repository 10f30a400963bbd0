import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { Subject } from '../../contracts/records/subject.ts';
import { subjectHash, subjectOf } from '../../core/approvals/subject.ts';
import type { ActDeps } from '../ports.ts';
import { approvalStateOf } from './approval-state.ts';

export interface NamedSubject {
  readonly subject: Subject;
  readonly hash: string;
}

/** What there is to decide on now, from what is on record; null while there is no release. */
export async function subjectNow(
  store: Pick<Store, 'releases' | 'subjects'>,
  operation: OperationRecord,
  service: ServiceConfiguration,
): Promise<NamedSubject | null> {
  if (operation.release === null) return null;
  const [known, since] = await Promise.all([
    store.releases.read(service.name, operation.release.digest),
    store.subjects.changes(operation.id),
  ]);
  if (known === null) return null;
  const subject = subjectOf({ operation, service, known, since });
  return { subject, hash: subjectHash(subject) };
}

/**
 * Why this operation may not act on its release, as a sentence; null when it may. Compared before each effect (I3): the approvals are there, they
 * are for one subject, and its release is the one that the operation is about to write or to give traffic. What skips the approval by
 * right, an emergency or automatic rollback, and a switch between approved releases, has nothing to compare.
 */
export async function whyNotApproved(
  { store, configuration, now }: Pick<ActDeps, 'store' | 'configuration' | 'now'>,
  operation: OperationRecord,
  before: 'first-effect' | 'weight',
): Promise<string | null> {
  if (!needsApproval(operation)) return null;
  const { id, release, service } = operation;
  const approval = await store.approvals.read(id);
  if (approval === null || release === null) return `Nobody was asked to approve operation ${id}.`;
  // Once it is at work, who leaves the team takes nothing back: what was approved is still compared.
  if (before === 'first-effect' && approvalStateOf(configuration, approval, now()).kind !== 'approved') {
    return `Operation ${id} is not approved.`;
  }
  const [subject, known] = await Promise.all([
    approval.subject === null ? null : store.subjects.read(id, approval.subject),
    store.releases.read(service, release.digest),
  ]);
  if (subject === null) return `What was approved of operation ${id} cannot be read.`;
  if (subjectHash(subject) !== approval.subject) return `What was approved of operation ${id} was changed afterwards.`;
  const approved = subject.release;
  const differs = [
    ['image', imageOf(known?.release), imageOf(approved)],
    ['digest', release.digest, approved.digest],
    ['commit', release.commit, approved.commit],
    ['commit on record', known?.release.commit, approved.commit],
    ['chart', known?.release.chart, approved.chart],
    ['chart tree', release.chartTree, approved.chartTree],
    ['version', release.version, approved.version],
  ].find(([, found, wanted]) => found !== wanted);
  if (differs === undefined) return null;
  const [what, found, wanted] = differs;
  return `The ${what} is ${found ?? 'unknown'}, but ${wanted} was approved.`;
}

const imageOf = (release: { image: string; digest: string } | undefined) =>
  release === undefined ? undefined : `${release.image}@${release.digest}`;

/** Deployments, and a way back that somebody has planned. */
const needsApproval = ({ kind, trigger }: OperationRecord): boolean =>
  kind === 'deployment' ||
  (kind === 'rollback' && trigger.kind === 'person' && trigger.wants === 'rollback' && !trigger.emergency);
