import { html } from 'hono/html';
import { oneLine } from '../../contracts/one-line.ts';
import { factLines, mailDocument } from '../notice/mail-document.ts';
import { approvalBrief, type BriefParts } from './approval-brief.ts';
import { approverNotes } from './approval-progress.ts';
import type { Fact } from './deployment-summary.ts';
import { diffFacts } from './subject-facts.ts';

export interface ApprovalMail extends BriefParts {
  readonly approver: string;
  readonly occasion: 'request' | 'reminder';
  /** How often everybody was asked about this operation; 1 at first. */
  readonly asked: number;
  /** Where to look besides, and whom to ask. */
  readonly help: readonly Fact[];
  /** The approver's own link: it is in this mail and nowhere else. */
  readonly link: string;
}

/** Most lines about changes in a mail; the page has all of them. */
const mostChanges = 21;

/** Subject, text and HTML of the mail that asks one person: in short, then the link, then everything else. */
export function approvalMail(mail: ApprovalMail) {
  const { summary, subject, progress, approver, occasion, asked, help, link } = mail;
  const again = asked > 1 ? ' again' : '';
  const title = `${occasion === 'reminder' ? 'Reminder: a' : 'A'}pproval needed${again}: ${summary.service} ${summary.version}`;
  const notes = [
    ...(asked > 1
      ? [
          'This release has changed since you were last asked. Links in earlier mails no longer work, and earlier decisions do not count.',
        ]
      : []),
    ...approverNotes(progress, approver),
  ].map(oneLine);
  const brief = approvalBrief(mail);
  const decisions: Fact[] = [
    ...progress.decisions.map(({ approver: by, decision, uncounted }) => ({
      name: by,
      value: `${decision === 'approve' ? 'approved' : 'rejected'}${uncounted === null ? '' : `; it does not count: ${uncounted}`}`,
    })),
    ...progress.notCounting.map((value) => ({ name: 'Does not count', value })),
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
  const sections = [
    { title: 'What changes', facts: changes },
    { title: 'Plan', facts: subject?.plan ?? [] },
    { title: 'Model', facts: subject?.model ?? summary.model },
    { title: 'Checks', facts: checkNames(summary.checks) },
    { title: 'Approvals', facts: decisions },
    {
      title: 'Release',
      facts: [...summary.facts, ...(subject === null ? [] : [{ name: 'Subject', value: subject.hash }])],
    },
    { title: 'Links and contacts', facts: help },
  ];
  const advice = 'This link is only for you: do not forward it. Opening it changes nothing; you decide on the page.';
  const text = [
    `${summary.title}.`,
    ...notes.flatMap((note) => ['', note]),
    '',
    factLines(brief),
    '',
    `Review and decide: ${link}`,
    advice,
    ...sections
      .filter(({ facts }) => facts.length > 0)
      .flatMap(({ title: name, facts }) => ['', name, factLines(facts)]),
  ].join('\n');
  const after = html`<p style="margin:20px 0"><a href="${link}" style="display:block;padding:14px 20px;background:#0b57d0;color:#ffffff;text-decoration:none;text-align:center;font-weight:600;border-radius:6px">Review and decide</a></p>
<p>${advice}</p>`;
  return {
    subject: title,
    text,
    html: mailDocument({
      title: summary.title,
      preview: title,
      lead: html`${notes.map((note) => html`<p>${note}</p>`)}`,
      sections: [{ facts: brief, after }, ...sections],
    }),
  };
}

/** What passed, by name alone: what did not is told above. */
function checkNames(checks: readonly Fact[]): Fact[] {
  const passed = checks.filter(({ value }) => /^(?:passed|success)\b/.test(value)).map(({ name }) => name);
  return passed.length === 0 ? [] : [{ name: 'Passed', value: passed.join(', ') }];
}
