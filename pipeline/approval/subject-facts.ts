import type { Store } from '../../adapters/store/store.ts';
import { milliseconds } from '../../contracts/duration.ts';
import { UnreadableRecord } from '../../contracts/errors.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import type { Subject, SubjectDiff } from '../../contracts/records/subject.ts';
import { durationWords } from '../../contracts/words.ts';
import { subjectHash } from '../../core/approvals/subject.ts';
import type { Fact } from './deployment-summary.ts';

/** What an approver decides on beyond the summary, in words: the same in the mail, on the page and in the API. */
export interface SubjectFacts {
  /** SHA-256 that stands in each decision. */
  readonly hash: string;
  /** What is out of the ordinary; empty when nothing is. */
  readonly risks: readonly string[];
  /** Pull requests and commits since the live release, and what could not be found out. */
  readonly changes: readonly Fact[];
  /** How long each part of the plan takes. */
  readonly plan: readonly Fact[];
  readonly diffs: readonly (SubjectDiff & { readonly title: string })[];
}

/**
 * What there is to decide on of this approval; null where it was asked for before there were subjects.
 *
 * @throws {UnreadableRecord} when the document is gone, or is not the one whose hash stands in the approval (I13): nobody is shown
 * anything else, and nobody decides on it.
 */
export async function readSubjectFacts(
  store: Pick<Store, 'subjects'>,
  { operation, subject: hash }: Pick<ApprovalRecord, 'operation' | 'subject'>,
): Promise<SubjectFacts | null> {
  if (hash === null) return null;
  const subject = await store.subjects.read(operation, hash);
  if (subject !== null && subjectHash(subject) === hash) return subjectFacts(subject, hash);
  const message = subject === null ? 'it is gone' : 'it was changed after people were asked about it';
  throw new UnreadableRecord(`SUBJECT#${operation} ${hash}`, [{ path: 'subject', message }], 'what is to be approved');
}

export function subjectFacts(subject: Subject, hash: string): SubjectFacts {
  const { since, plan, live } = subject;
  const { changes } = since;
  const shift = milliseconds(plan.steps.length * plan.interval);
  return {
    hash,
    risks: subject.risks,
    changes: [
      ...(changes === null || live === null
        ? []
        : [
            {
              name: 'Since',
              value: `${live.version}: ${changes.total === 1 ? '1 commit' : `${changes.total} commits`}`,
              ...(changes.url === null ? {} : { url: changes.url }),
            },
          ]),
      ...(since.pulls ?? []).map(({ number, title, author, url }) => ({
        name: `#${number}`,
        value: author === null ? title : `${title} (${author})`,
        url,
      })),
      ...(changes?.commits ?? []).map(({ sha, subject: line, author }) => ({
        name: sha.slice(0, 7),
        value: author === null ? line : `${line} (${author})`,
      })),
      ...since.unknown.map((value) => ({ name: 'Not known', value })),
      ...sourceFacts(subject),
    ],
    plan: [
      {
        name: 'Steps',
        value: `${plan.steps.join(', ')} %, each for ${durationWords(milliseconds(plan.interval))}: at least ${durationWords(shift)} in all`,
      },
      { name: 'Bake', value: `${durationWords(milliseconds(plan.bake))} with all the traffic` },
      { name: 'Way back', value: `within seconds for ${durationWords(milliseconds(plan.keepWarm))} afterwards` },
    ],
    diffs: [
      ...(since.chart === null ? [] : [{ title: 'Chart and values', ...since.chart }]),
      ...(since.manifests === null ? [] : [{ title: 'Rendered manifests', ...since.manifests }]),
    ],
  };
}

/** What stands in the Application alone, where no diff of a branch shows it. */
const sourceFacts = ({ source }: Subject): Fact[] =>
  source === undefined || (source.parameters.length === 0 && !source.inline)
    ? []
    : [
        {
          name: 'Argo CD',
          value: `adds to the chart ${[...source.parameters, ...(source.inline ? ['values of its own'] : [])].join(', ')}`,
        },
      ];

/** One line about each diff, for where there is no room for it. */
export const diffFacts = ({ diffs }: Pick<SubjectFacts, 'diffs'>): Fact[] =>
  diffs.map(({ title, files }) => ({
    name: title,
    value: files.length === 0 ? 'nothing changes' : `changes in ${files.join(', ')}`,
  }));
