/** @import { ApiOverview } from '../contracts/api/overview.ts' */
import { h } from './dom.js';
import { ago, badge, formButton, operationLink, section } from './parts.js';
import { duration } from './time.js';
import { actorWords, doingWords, operationName, outcomeWords } from './words.js';

/**
 * Releases that may not be deployed again until a person says so.
 * @param {ApiOverview} overview
 * @param {number} now
 */
export function holdsView({ service: { holds } }, now) {
  if (holds.length === 0) return null;
  return section(
    'holds',
    'On hold',
    h(
      'ul',
      { class: 'card holds' },
      holds.map(({ version, digest, reason, operation, at }) =>
        h(
          'li',
          { 'data-key': digest },
          h(
            'div',
            null,
            h('strong', null, version),
            ' may not be deployed again: ',
            reason,
            h(
              'span',
              { class: 'soft' },
              ' Since ',
              ago(at, now),
              ', ',
              h('a', { href: operationLink(operation) }, 'why'),
              '.',
            ),
          ),
          formButton('release-hold', 'Release…', { about: version, label: `Release the hold on ${version}` }),
        ),
      ),
    ),
  );
}

/**
 * @param {ApiOverview} overview
 * @param {number} now
 */
export function historyView({ history, operation }, now) {
  if (history.length === 0)
    return section('history', 'History', h('p', { class: 'card soft' }, 'Nothing has happened yet.'));
  return section('history', 'History', h('div', { class: 'card' }, historyTable(history, operation?.id ?? null, now)));
}

/**
 * @param {ApiOverview['history']} history
 * @param {string | null} shown
 * @param {number} now
 */
const historyTable = (history, shown, now) =>
  h(
    'table',
    { class: 'history' },
    h('caption', { class: 'unseen' }, 'Operations, newest first'),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        h('th', { scope: 'col', class: 'wide' }, 'Started'),
        h('th', { scope: 'col' }, 'Operation'),
        h('th', { scope: 'col' }, 'Outcome'),
        h('th', { scope: 'col', class: 'wide' }, 'By'),
        h('th', { scope: 'col', class: 'wide' }, 'Took'),
      ),
    ),
    h(
      'tbody',
      null,
      history.map((entry) => row(entry, history, shown === entry.id, now)),
    ),
  );

/**
 * @param {ApiOverview['history'][number]} entry
 * @param {ApiOverview['history']} history
 * @param {boolean} shown
 * @param {number} now
 */
function row(entry, history, shown, now) {
  const { id, state, outcome, reason, startedAt, endedAt, actor, waiting } = entry;
  const doing = waiting?.kind === 'pause' ? 'paused' : doingWords(state);
  const { text, tone } =
    outcome === null ? { text: doing, tone: /** @type {const} */ ('work') } : outcomeWords(outcome);
  return h(
    'tr',
    { 'data-key': id, 'data-shown': shown ? 'yes' : null },
    h('td', { class: 'wide' }, ago(startedAt, now)),
    h(
      'th',
      { scope: 'row' },
      h('a', { href: operationLink(id), 'aria-current': shown ? 'true' : null }, operationName(entry, history)),
      h('span', { class: 'narrow why' }, ago(startedAt, now)),
    ),
    h('td', null, badge(tone, text), reason === null || tone === 'calm' ? null : h('span', { class: 'why' }, reason)),
    h('td', { class: 'wide' }, actorWords(actor)),
    h('td', { class: 'wide' }, endedAt === null ? '' : duration(Date.parse(endedAt) - Date.parse(startedAt))),
  );
}
