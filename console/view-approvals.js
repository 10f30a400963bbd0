/** @import { ApiOperation } from '../contracts/api/operation.ts' */
import { h } from './dom.js';
import { ago, badge, formButton } from './parts.js';

/**
 * Who has to approve, who did, and who is waited for.
 * @param {ApiOperation} operation
 * @param {{ now: number, viewer: string | null }} look
 */
export function approvalsView({ approvals, id, release, outcome }, { now, viewer }) {
  if (approvals === null) return null;
  const { state, rules, decisions, forged, missing, expiresAt, notCounting, unknownAuthors, subject } = approvals;
  const waiting = state === 'pending' && outcome === null;
  const asked = rules.some(({ members }) => viewer !== null && members.includes(viewer));
  // Whoever approved by mail may still be asked to sign in for it.
  const wanted = missing.some(({ from }) => viewer !== null && from.includes(viewer));
  const decided = decisions.some(({ approver }) => approver === viewer) && !wanted;
  return h(
    'div',
    { class: 'part', 'data-key': 'approvals' },
    h('h3', null, 'Approvals', ' ', h('span', { class: 'soft' }, waiting ? ['ends ', ago(expiresAt, now)] : state)),
    h(
      'ul',
      { class: 'rules' },
      rules.map((rule) => {
        const open = missing.find(({ role }) => role === rule.role);
        return h(
          'li',
          { 'data-key': rule.role },
          open === undefined ? badge('calm', rule.role) : badge('wait', `${rule.role}: ${open.count} more`),
          h('span', { class: 'soft' }, open === undefined ? '' : ` of ${open.from.join(', ')}`),
          rule.require === null ? null : h('span', { class: 'soft' }, ' (signed in)'),
        );
      }),
    ),
    h(
      'ul',
      { class: 'decisions' },
      decisions.map(({ approver, decision, reason, at, via, uncounted }) =>
        h(
          'li',
          { 'data-key': `${approver} ${via}` },
          badge(decision === 'approve' ? 'calm' : 'bad', decision === 'approve' ? 'approved' : 'rejected'),
          ` by ${approver}, `,
          ago(at, now),
          h('span', { class: 'soft' }, via === 'mail-link' ? ', by mail' : ', signed in'),
          uncounted === null ? null : [' ', badge('wait', 'does not count'), ` ${uncounted}`],
          reason === null ? null : h('q', null, reason),
        ),
      ),
    ),
    forged.map(({ approver, decision }) =>
      h(
        'p',
        { 'data-key': `forged-${approver}` },
        badge('bad', 'forged'),
        ` Somebody wrote into the table that ${approver} ${decision === 'approve' ? 'approved' : 'rejected'}. It counts for nothing.`,
      ),
    ),
    notCounting.map((text) => h('p', { class: 'soft', 'data-key': text }, text)),
    unknownAuthors.length === 0
      ? null
      : h('p', { class: 'soft' }, `Not known to sluice.yaml: ${unknownAuthors.join(', ')}.`),
    // Before what is decided on, which may be long.
    waiting && asked && !decided && release !== null
      ? h('div', { class: 'actions' }, formButton('decide', 'Approve or reject…', { about: id, tone: 'work' }))
      : null,
    subject === null ? null : subjectView(subject),
  );
}

/**
 * What the approvers decide on: what is out of the ordinary first, then pull requests and commits, and the diffs folded.
 * @param {NonNullable<NonNullable<ApiOperation['approvals']>['subject']>} subject
 */
function subjectView({ hash, risks, changes, plan, diffs }) {
  return h(
    'div',
    { class: 'subject', 'data-key': 'subject' },
    risks.map((risk) => h('p', { 'data-key': risk }, badge('wait', 'careful'), ` ${risk}`)),
    h('h4', null, 'What changes'),
    factList(changes.slice(0, mostUnfolded)),
    changes.length <= mostUnfolded
      ? null
      : h(
          'details',
          { 'data-key': 'others' },
          h('summary', null, `${changes.length - mostUnfolded} more`),
          factList(changes.slice(mostUnfolded)),
        ),
    diffs.map(({ title, text, cut, files }) =>
      h(
        'details',
        { 'data-key': title },
        h(
          'summary',
          null,
          `${title}: ${files.length === 0 ? 'nothing changes' : files.join(', ')}${cut ? ' (only the beginning)' : ''}`,
        ),
        h('pre', { tabindex: 0 }, text),
      ),
    ),
    h('h4', null, 'Plan'),
    factList(plan),
    h('p', { class: 'soft' }, `Each decision names this subject: ${hash}`),
  );
}

/** So many lines about changes are shown at once; the others unfold. */
const mostUnfolded = 12;

/** @param {readonly { name: string, value: string, url?: string | undefined }[]} list */
const factList = (list) =>
  h(
    'dl',
    { class: 'changes' },
    list.map(({ name, value, url }) => [
      h('dt', null, name),
      h('dd', null, url === undefined ? value : h('a', { href: url, rel: 'noopener noreferrer' }, value)),
    ]),
  );
