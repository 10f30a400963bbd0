import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { Subject } from '../../contracts/records/subject.ts';
import { subjectHash, subjectOf } from '../../core/approvals/subject.ts';

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
