import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { milliseconds } from '../../contracts/duration.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import type { Subject, SubjectDiff } from '../../contracts/records/subject.ts';
import { durationWords } from '../../contracts/words.ts';
import { sourceWords } from '../../core/gitops/application-source.ts';
import { timetable, waysBack } from '../../core/release/plan.ts';
import { readSubject } from './approval-subject.ts';
import type { Fact } from './deployment-summary.ts';
import { type LiveModel, modelFacts, readLiveModel } from './model-facts.ts';

/** What an approver decides on beyond the summary, in words: the same in the mail, on the page and in the API. */
export interface SubjectFacts {
  /** SHA-256 that stands in each decision. */
  readonly hash: string;
  /** What is out of the ordinary; empty when nothing is. */
  readonly risks: readonly string[];
  /** What changes, and how long it takes and the way back: a line each. */
  readonly short: readonly Fact[];
  /** Pull requests and commits since the live release, and what could not be found out. */
  readonly changes: readonly Fact[];
  /** The model's metrics with their bounds, and those of the live release; empty when neither has a model. */
  readonly model: readonly Fact[];
  /** Each step with its time, and the ways back. */
  readonly plan: readonly Fact[];
  readonly diffs: readonly (SubjectDiff & { readonly title: string })[];
}

/** The settings of a service that say how a deployment proceeds and how it would go back. */
type PlannedService = Parameters<typeof waysBack>[0] & {
  readonly traffic: Pick<ServiceConfiguration['traffic'], 'pauseAfter'>;
};

/**
 * What there is to decide on of this approval, in words; null where it was asked for before there were subjects.
 *
 * @param service null where it is in the configuration no more: then nobody knows how the traffic would go back.
 * @throws {UnreadableRecord} as `readSubject`.
 */
export async function readSubjectFacts(
  store: Pick<Store, 'subjects' | 'releases'>,
  approval: Pick<ApprovalRecord, 'operation' | 'subject'>,
  service: PlannedService | null,
): Promise<SubjectFacts | null> {
  const found = await readSubject(store, approval);
  if (found === null) return null;
  const { subject, hash } = found;
  return subjectFacts(subject, hash, service, await readLiveModel(store, subject.release.service, subject.live));
}

export function subjectFacts(
  subject: Subject,
  hash: string,
  service: PlannedService | null,
  liveModel: LiveModel | null,
): SubjectFacts {
  const { since, live, evidence } = subject;
  const { changes } = since;
  return {
    hash,
    risks: subject.risks,
    short: [changesInShort(subject), timeInShort(subject)],
    changes: [
      ...(changes === null || live === null
        ? []
        : [
            {
              name: 'Since',
              value: `${live.version}: ${newAndTakenBack(changes)}`,
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
    model: modelFacts(evidence.model, evidence.judged, liveModel),
    plan: planFacts(subject, service),
    diffs: [
      ...(since.chart === null ? [] : [{ title: 'Chart and values', ...since.chart }]),
      ...(since.manifests === null ? [] : [{ title: 'Rendered manifests', ...since.manifests }]),
    ],
  };
}

/** What Argo CD renders beside the chart, which no diff of a branch shows. */
const sourceFacts = ({ source }: Subject): Fact[] =>
  source === undefined ? [] : [{ name: 'Argo CD', value: sourceWords(source) }];

const timetableOf = ({ plan }: Subject) =>
  timetable({
    traffic: { steps: plan.steps, interval: milliseconds(plan.interval) },
    bake: milliseconds(plan.bake),
  });

/** Every step with its time, counted from the first, and the ways back. */
function planFacts(subject: Subject, service: PlannedService | null): Fact[] {
  const { steps, least } = timetableOf(subject);
  const bake = milliseconds(subject.plan.bake);
  return [
    ...steps.map(({ weight, begins, lasts }) => ({
      name: `${weight} %`,
      value: `${begins === 0 ? 'at the start' : `after ${durationWords(begins)}`}, judged for ${durationWords(lasts)}${
        service?.traffic.pauseAfter.includes(weight) ? ', then a person decides' : ''
      }`,
    })),
    { name: 'Bake', value: `${durationWords(bake)} with all of the traffic, judged` },
    { name: 'Total', value: `at least ${durationWords(least)}` },
    ...(service === null ? [] : waysBack(service, subject.release)).map(({ when, takes, text }) => ({
      name: 'Rollback',
      value: `${when}: ${takes === 'person' ? 'a person decides' : `in ${takes}`}. ${text}`,
    })),
  ];
}

const counted = (many: number, one: string) => `${many} ${one}${many === 1 ? '' : 's'}`;

/** `2 commits`; beside an older or another line of versions `3 commits taken back`, or both. */
const newAndTakenBack = ({ total, behind = 0 }: NonNullable<Subject['since']['changes']>) =>
  [
    ...(total === 0 && behind > 0 ? [] : [counted(total, 'commit')]),
    ...(behind === 0 ? [] : [`${counted(behind, 'commit')} taken back`]),
  ].join(', ');

/** `2 commits and 1 pull request since v2.0.5; other values of the chart`, with the page that compares them. */
function changesInShort({ since, live }: Subject): Fact {
  const { changes, pulls, chart, manifests } = since;
  const parts = [
    ...(changes === null ? [] : [newAndTakenBack(changes)]),
    ...(pulls === undefined || pulls.length === 0 ? [] : [counted(pulls.length, 'pull request')]),
  ].join(', ');
  const code = parts === '' ? 'the commits are not known' : `${parts}${live === null ? '' : ` since ${live.version}`}`;
  const files = [
    ...(chart === null ? [] : [`${counted(chart.files.length, 'file')} of the chart`]),
    ...(manifests === null ? [] : [`${counted(manifests.files.length, 'manifest')}`]),
  ].join(', ');
  return {
    name: 'What changes',
    value: files === '' ? code : `${code}; ${files}`,
    ...(changes?.url == null ? {} : { url: changes.url }),
  };
}

function timeInShort(subject: Subject): Fact {
  const { steps, bake, keepWarm } = subject.plan;
  const back = subject.release.reversible
    ? `A rollback takes seconds, during the deployment and for ${durationWords(milliseconds(keepWarm))} after it.`
    : 'The traffic does not go back automatically.';
  return {
    name: 'How long',
    value: `at least ${durationWords(timetableOf(subject).least)}: ${steps.join(', ')} % of the traffic, then ${durationWords(milliseconds(bake))} with all of it. ${back}`,
  };
}

/** One line about each diff, for where there is no room for it. */
export const diffFacts = ({ diffs }: Pick<SubjectFacts, 'diffs'>): Fact[] =>
  diffs.map(({ title, files }) => ({
    name: title,
    value: files.length === 0 ? 'nothing changes' : `changes in ${files.join(', ')}`,
  }));
