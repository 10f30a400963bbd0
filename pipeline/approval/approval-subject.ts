import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { UnreadableRecord } from '../../contracts/errors.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { Subject } from '../../contracts/records/subject.ts';
import { covers, subjectHash, subjectOf } from '../../core/approvals/subject.ts';
import { contributorsOf } from './contributors.ts';

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
  const [known, gathered] = await Promise.all([
    store.releases.read(service.name, operation.release.digest),
    store.subjects.gathered(operation.id),
  ]);
  if (known === null) return null;
  // Many functions may write an operation, and only one what was gathered.
  const contributors = gathered?.contributors ?? operation.contributors;
  const subject = subjectOf({
    ...{ operation, service, known, since: gathered?.since ?? null },
    contributors: {
      people: contributorsOf({ trigger: operation.trigger, contributors }, known),
      complete: contributors?.complete ?? true,
    },
  });
  return { subject, hash: subjectHash(subject) };
}

/**
 * Whether the decisions of an approval are still about what there is to decide on now: it is the same subject, or one that theirs covers.
 * A subject that was written over covers nothing.
 */
export async function isStillAbout(
  store: Pick<Store, 'subjects'>,
  { operation, subject }: Pick<ApprovalRecord, 'operation' | 'subject'>,
  now: NamedSubject | null,
): Promise<boolean> {
  if (subject === null || now === null) return false;
  if (subject === now.hash) return true;
  const decided = await store.subjects.read(operation, subject);
  return decided !== null && subjectHash(decided) === subject && covers(decided, now.subject);
}

/**
 * What people were asked about; null where they were asked before there were subjects.
 *
 * @throws {UnreadableRecord} when the document is gone, or is not the one whose hash stands in the approval (I13): nobody is shown
 * anything else, and nobody decides on it.
 */
export async function readSubject(
  store: Pick<Store, 'subjects'>,
  { operation, subject: hash }: Pick<ApprovalRecord, 'operation' | 'subject'>,
): Promise<NamedSubject | null> {
  if (hash === null) return null;
  const subject = await store.subjects.read(operation, hash);
  if (subject !== null && subjectHash(subject) === hash) return { subject, hash };
  const message = subject === null ? 'it is gone' : 'it was changed after people were asked about it';
  throw new UnreadableRecord(`SUBJECT#${operation} ${hash}`, [{ path: 'subject', message }], 'what is to be approved');
}
