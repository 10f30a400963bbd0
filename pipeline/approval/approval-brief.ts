import { type ApprovalProgress, describeMissing } from './approval-progress.ts';
import { checksInShort, type DeploymentSummary, type Fact } from './deployment-summary.ts';
import { type Reader, timeFor } from './reader.ts';
import type { SubjectFacts } from './subject-facts.ts';

export interface BriefParts {
  readonly summary: DeploymentSummary;
  /** What there is to decide on; null for an approval from before there were subjects. */
  readonly subject: SubjectFacts | null;
  readonly progress: ApprovalProgress;
  /** What the deployment windows say, for this reader; empty where they say nothing. */
  readonly window: readonly Fact[];
  readonly reader: Reader;
}

/** What somebody has to know before they decide, a line each, in this order: what, why, what changes, how risky, how long, when it may begin, what is wanted until when. */
export function approvalBrief({ summary, subject, progress, window, reader }: BriefParts): Fact[] {
  const [changes, time] = subject?.short ?? [];
  return [
    ...(summary.replaces === null ? [] : [{ name: 'What', value: summary.replaces }]),
    { name: 'Why', value: summary.why },
    ...(changes === undefined ? [] : [changes]),
    ...riskFacts(subject),
    ...(time === undefined ? [] : [time]),
    ...(progress.state === 'pending' || progress.state === 'approved' ? window : []),
    ...checksInShort(summary.checks),
    ...describeMissing(progress).map((value) => ({ name: 'Still needed', value })),
    ...expiryFacts(progress, reader),
  ];
}

function expiryFacts({ state, expiresAt }: ApprovalProgress, reader: Reader): Fact[] {
  if (state === 'expired') return [{ name: 'Expired', value: timeFor(reader, expiresAt) }];
  return state === 'pending' ? [{ name: 'Expires', value: timeFor(reader, expiresAt) }] : [];
}

const riskFacts = (subject: SubjectFacts | null): Fact[] =>
  subject === null
    ? []
    : subject.risks.length === 0
      ? [{ name: 'Risk', value: 'nothing unusual was found' }]
      : subject.risks.map((value) => ({ name: 'Careful', value }));
