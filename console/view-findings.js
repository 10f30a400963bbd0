/** What was found out about an operation: checks, diagnosis, and everything that was done. */
/** @import { ApiOperation } from '../contracts/api/operation.ts' */
/** @import { Tone } from './words.js' */
import { h } from './dom.js';
import { badge } from './parts.js';
import { clock, duration, exact } from './time.js';
import { stepsOf } from './timeline.js';
import { actorWords } from './words.js';

/** @type {Readonly<Record<'pass' | 'fail' | 'inconclusive', { tone: Tone, text: string }>>} */
const results = {
  pass: { tone: 'calm', text: 'passed' },
  fail: { tone: 'bad', text: 'failed' },
  inconclusive: { tone: 'wait', text: 'inconclusive' },
};

/** What failed is there at once; what passed is folded away. @param {ApiOperation} operation */
export function checksView({ checks }) {
  if (checks.length === 0) return null;
  const passed = checks.filter(({ result }) => result === 'pass');
  const others = checks.filter(({ result }) => result !== 'pass');
  return h(
    'div',
    { class: 'part', 'data-key': 'checks' },
    h('h3', null, 'Checks'),
    others.length === 0 ? null : checkTable('Checks that did not pass', others),
    passed.length === 0
      ? null
      : h(
          'details',
          { 'data-key': 'passed' },
          h('summary', null, badge('calm', `${passed.length} of ${checks.length} passed`)),
          checkTable('Checks that passed', passed),
        ),
  );
}

/**
 * @param {string} caption
 * @param {readonly ApiOperation['checks'][number][]} checks
 */
const checkTable = (caption, checks) =>
  h(
    'table',
    { class: 'checks' },
    h('caption', { class: 'unseen' }, caption),
    h(
      'thead',
      { class: 'unseen' },
      h(
        'tr',
        null,
        ['Check', 'Result', 'Finding'].map((name) => h('th', { scope: 'col' }, name)),
      ),
    ),
    h(
      'tbody',
      null,
      checks.map(({ name, result, reason }) =>
        h(
          'tr',
          { 'data-key': name },
          h('th', { scope: 'row' }, name),
          h('td', null, badge(results[result].tone, results[result].text)),
          h('td', null, reason),
        ),
      ),
    ),
  );

/** @param {ApiOperation} operation */
export function diagnosisView({ diagnosis }) {
  if (diagnosis.length === 0) return null;
  return h(
    'div',
    { class: 'part', 'data-key': 'diagnosis' },
    h('h3', null, 'Diagnosis'),
    diagnosis.map((finding, index) => {
      const [first, ...rest] = finding.split('\n');
      if (rest.length === 0) return h('p', { 'data-key': `finding-${index}` }, first);
      return h(
        'details',
        { 'data-key': `finding-${index}` },
        h('summary', null, (first ?? '').replace(/:$/, '')),
        h('pre', { tabindex: 0, role: 'region', 'aria-label': first }, rest.join('\n')),
      );
    }),
  );
}

/** Whose clock the times of the timeline are: the reader's. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @param {ApiOperation} operation */
export function timelineView({ timeline }) {
  return h(
    'div',
    { class: 'part timeline', 'data-key': 'timeline' },
    h('h3', null, 'Timeline', ' ', h('span', { class: 'soft' }, `newest first, ${zone}`)),
    h(
      'ol',
      { reversed: true },
      stepsOf(timeline).map(({ seq, at, took, actor, name, what, reason, state }) =>
        h(
          'li',
          { 'data-key': String(seq), 'data-state': state },
          h('time', { datetime: at, title: exact(Date.parse(at)) }, clock(Date.parse(at))),
          h(
            'div',
            null,
            h('strong', null, name),
            what === null ? null : ` ${what}`,
            h('span', { class: 'soft' }, ` ${actorWords(actor)}${tookWords(state, took)}`),
            reason === null ? null : h('span', { class: 'why' }, reason),
          ),
        ),
      ),
    ),
  );
}

/**
 * @param {'done' | 'under-way' | 'failed'} state
 * @param {number | null} took in ms
 */
function tookWords(state, took) {
  if (state === 'under-way') return ', under way';
  const failed = state === 'failed' ? ', failed' : '';
  return took === null || took < 1_000 ? failed : `${failed}, ${duration(took)}`;
}
