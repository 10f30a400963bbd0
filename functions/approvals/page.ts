import { html, raw } from 'hono/html';
import { oneLine } from '../../contracts/one-line.ts';
import { distanceWords, localTimeWords } from '../../contracts/words.ts';
import { approvalBrief, type BriefParts } from '../../pipeline/approval/approval-brief.ts';
import { approverNotes } from '../../pipeline/approval/approval-progress.ts';
import { checksInShort, type Fact } from '../../pipeline/approval/deployment-summary.ts';
import { diffFacts, type SubjectFacts } from '../../pipeline/approval/subject-facts.ts';
import type { Html } from '../../pipeline/notice/mail-document.ts';
import type { Notice } from './answer.ts';
import { style } from './style.ts';

export interface ApprovalPage extends BriefParts {
  readonly approver: string;
  /** Where to look besides, and whom to ask. */
  readonly help: readonly Fact[];
  /** What is to be said first; null when there is nothing. */
  readonly notice: Notice | null;
  /** Null when there is nothing to decide any more. `filled` is what was typed before. */
  readonly form: { readonly filled: Partial<Record<'decision' | 'version' | 'reason', string>> | null } | null;
}

/** The page of one link, for one approver: in short, then everything there is to know, then the decision. */
export function approvalPage(shown: ApprovalPage): string {
  const { summary, subject, progress, approver, help, notice, form } = shown;
  return page(
    summary.title,
    html`<h1>${summary.title}</h1>
${notice === null ? '' : noticeBox(notice)}
${approverNotes(progress, approver).map((note) => html`<p class="notice problem">${note}</p>`)}
${facts(approvalBrief(shown))}
${form === null ? '' : html`<p><a class="jump" href="#decide">Go to your decision</a></p>`}
${subject === null ? '' : changeParts(subject)}
${titled('Plan', subject?.plan ?? [])}
${titled('Model', subject?.model ?? summary.model)}
${summary.checks.length === 0 ? '' : html`<h2>Checks</h2>${folded(checkTitle(summary.checks), summary.checks)}`}
${titled('Approvals', decisions(shown))}
<h2>Release</h2>
${folded('Commit, image, environment and where they come from', [...summary.facts, ...(subject === null ? [] : [{ name: 'Subject', value: subject.hash }])])}
${titled('Links and contacts', help)}
${form === null ? '' : decisionForm(summary.version, form.filled ?? {}, notice)}
<p class="hint">This link is for ${approver} alone. It proves possession of that mailbox, and is recorded as such.</p>`,
  );
}

/** So many lines about changes are shown at once; the others unfold. */
const mostUnfolded = 12;

/** What changes. No script runs here, so that a long list and a long diff fold by themselves. */
const changeParts = (subject: SubjectFacts): Html => {
  const { changes, diffs } = subject;
  const rest = changes.slice(mostUnfolded);
  return html`${titled('What changes', [...changes.slice(0, mostUnfolded), ...(rest.length > 0 ? [] : diffFacts(subject))])}
${rest.length === 0 ? '' : html`${folded(`${rest.length} more`, rest)}${facts(diffFacts(subject))}`}
${diffs
  .filter(({ text }) => text !== '')
  .map(
    ({ title, text, cut }) =>
      html`<details><summary>${title}, line by line${cut ? ' (only the beginning)' : ''}</summary><pre tabindex="0">${text}</pre></details>`,
  )}`;
};

const folded = (title: string, list: readonly Fact[]): Html =>
  html`<details><summary>${title}</summary>${facts(list)}</details>`;

const checkTitle = (checks: readonly Fact[]): string => checksInShort(checks)[0]?.value ?? '';

/** A page that only says something. */
export const messagePage = (title: string, text: string): string => page(title, html`<h1>${title}</h1><p>${text}</p>`);

const page = (title: string, content: Html): string =>
  String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex, nofollow">
<title>${title} - Sluice</title>
<style>${raw(style)}</style>
</head>
<body><main>${content}</main></body>
</html>`);

const noticeBox = ({ tone, text }: Notice): Html =>
  html`<p id="notice" class="notice ${tone}" role="${tone === 'good' ? 'status' : 'alert'}">${text}</p>`;

function decisionForm(
  version: string,
  filled: NonNullable<ApprovalPage['form']>['filled'],
  notice: Notice | null,
): Html {
  const { decision, version: typed = '', reason = '' } = filled ?? {};
  const described = notice === null ? 'version-hint' : 'version-hint notice';
  const radio = (value: 'approve' | 'reject', label: string) =>
    html`<div class="choice"><input type="radio" id="${value}" name="decision" value="${value}" required${decision === value ? raw(' checked') : ''}> <label for="${value}">${label}</label></div>`;
  return html`<h2 id="decide">Your decision</h2>
<form method="post" accept-charset="utf-8">
<fieldset><legend>Shall ${version} go to production?</legend>
${radio('approve', 'Approve')}
${radio('reject', 'Reject')}
</fieldset>
<label for="version">Version</label>
<p class="hint" id="version-hint">Type ${version}, so that it is clear which release you mean.</p>
<input type="text" id="version" name="version" value="${typed}" required maxlength="200" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="${described}">
<label for="reason">Reason</label>
<p class="hint" id="reason-hint">Required if you reject.</p>
<textarea id="reason" name="reason" rows="3" maxlength="2000" aria-describedby="reason-hint">${reason}</textarea>
<button type="submit">Send the decision</button>
</form>`;
}

const decisions = ({ progress, reader }: Pick<ApprovalPage, 'progress' | 'reader'>): Fact[] => [
  { name: 'State', value: progress.state },
  ...progress.decisions.map(({ approver, decision, reason, at, via, uncounted }) => ({
    name: approver,
    value: `${decision === 'approve' ? 'approved' : 'rejected'} ${distanceWords(at, reader.now)}, at ${localTimeWords(at, reader.timeZone)} (${via === 'mail-link' ? 'by a link sent by mail' : 'signed in'})${reason === null ? '' : `: ${reason}`}${uncounted === null ? '' : `; it does not count: ${uncounted}`}`,
  })),
  ...progress.notCounting.map((value) => ({ name: 'Does not count', value })),
];

const titled = (title: string, list: readonly Fact[]): Html | '' =>
  list.length === 0
    ? ''
    : html`<h2>${title}</h2>
${facts(list)}`;

const facts = (list: readonly Fact[]): Html =>
  html`<dl>${list.map(
    ({ name, value, url }) =>
      html`<dt>${oneLine(name)}</dt><dd>${url === undefined ? oneLine(value) : html`<a href="${url}" rel="noopener noreferrer">${oneLine(value)}</a>`}</dd>`,
  )}</dl>`;
