import { html } from 'hono/html';
import { oneLine } from '../../contracts/one-line.ts';
import { timeWords } from '../../contracts/words.ts';
import { factLines, mailDocument } from '../notice/mail-document.ts';
import { type ApprovalProgress, approverNotes, describeMissing } from './approval-progress.ts';
import type { DeploymentSummary, Fact } from './deployment-summary.ts';
import { diffFacts, type SubjectFacts } from './subject-facts.ts';

export interface ApprovalMail {
  readonly summary: DeploymentSummary;
  /** What there is to decide on; null for an approval from before there were subjects. */
  readonly subject: SubjectFacts | null;
  readonly progress: ApprovalProgress;
  readonly approver: string;
  readonly occasion: 'request' | 'reminder';
  /** Where to look besides, and whom to ask. */
  readonly help: readonly Fact[];
  /** The approver's own link: it is in this mail and nowhere else. */
  readonly link: string;
}

/** Most lines about changes in a mail; the page has all of them. */
const mostChanges = 21;

/** For a mail without links: the address behind the words. */
const withAddress = (fact: Fact): Fact =>
  fact.url === undefined ? fact : { name: fact.name, value: `${fact.value} ${fact.url}` };

/** Subject, text and HTML of the mail that asks one person. */
export function approvalMail({ summary, subject, progress, approver, occasion, help, link }: ApprovalMail) {
  const title = `${occasion === 'reminder' ? 'Reminder: a' : 'A'}pproval wanted: ${summary.service} ${summary.version}`;
  const notes = approverNotes(progress, approver).map(oneLine);
  const standing: Fact[] = [
    ...progress.decisions.map(({ approver: by, decision, uncounted }) => ({
      name: by,
      value: `${decision === 'approve' ? 'approved' : 'rejected'}${uncounted === null ? '' : `; it does not count: ${uncounted}`}`,
    })),
    ...describeMissing(progress).map((value) => ({ name: 'Still wanted', value })),
    ...progress.notCounting.map((value) => ({ name: 'Does not count', value })),
    { name: 'Expires', value: timeWords(progress.expiresAt) },
  ];
  const left = (subject?.changes.length ?? 0) - mostChanges;
  const changes =
    subject === null
      ? []
      : [
          ...subject.changes.slice(0, mostChanges),
          ...(left > 0 ? [{ name: 'Others', value: `${left} more, on the page` }] : []),
          ...diffFacts(subject),
        ];
  const plan = subject === null ? [] : [...subject.plan, { name: 'Subject', value: subject.hash }];
  const risks = subject?.risks ?? [];
  const advice = 'The link is yours alone: do not pass it on. Opening it changes nothing; you decide on the page.';
  const text = [
    `${summary.title}.`,
    '',
    `Look at it and decide here: ${link}`,
    '',
    advice,
    ...notes,
    ...risks.map((risk) => `Careful: ${risk}`),
    '',
    factLines(summary.facts),
    ...(summary.checks.length === 0 ? [] : ['', 'Checks', factLines(summary.checks)]),
    ...(summary.model.length === 0 ? [] : ['', 'Model', factLines(summary.model)]),
    ...(changes.length === 0 ? [] : ['', 'What changes', factLines(changes.map(withAddress))]),
    ...(plan.length === 0 ? [] : ['', 'Plan', factLines(plan)]),
    '',
    'Approvals',
    factLines(standing),
    ...(help.length === 0 ? [] : ['', 'Where to look, whom to ask', factLines(help)]),
  ].join('\n');
  const lead = html`<p>${summary.title}.</p>
<p><a href="${link}" style="display:inline-block;padding:12px 20px;background:#0b57d0;color:#ffffff;text-decoration:none;border-radius:6px">Look at it and decide</a></p>
<p>${advice}</p>${[...notes, ...risks.map((risk) => `Careful: ${risk}`)].map((note) => html`<p>${note}</p>`)}`;
  return {
    subject: title,
    text,
    html: mailDocument({
      title,
      lead,
      sections: [
        { facts: summary.facts },
        { title: 'Checks', facts: summary.checks },
        { title: 'Model', facts: summary.model },
        { title: 'What changes', facts: changes },
        { title: 'Plan', facts: plan },
        { title: 'Approvals', facts: standing },
        { title: 'Where to look, whom to ask', facts: help },
      ],
    }),
  };
}
