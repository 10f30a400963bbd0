import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
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
