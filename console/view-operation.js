/** @import { ApiOverview } from '../contracts/api/overview.ts' */
/** @import { ApiOperation } from '../contracts/api/operation.ts' */
import { h } from './dom.js';
import { atWork, waitingWords } from './headline.js';
import { ago, badge, formButton, operationLink, section } from './parts.js';
import { phasesOf } from './phases.js';
import { duration } from './time.js';
import { approvalsView } from './view-approvals.js';
import { checksView, diagnosisView, timelineView } from './view-findings.js';
import { actorWords, capital, doingWords, operationName, outcomeWords } from './words.js';

/**
 * One operation in full: the one at work, the newest, or one that was chosen in the history.
 * @param {ApiOverview} overview
 * @param {ApiOperation} operation
 * @param {{ now: number, chosen: boolean }} look
 */
export function operationView(overview, operation, { now, chosen }) {
  const { history, viewer } = overview;
  const kicker = operation.outcome === null ? 'In progress' : chosen ? 'From the history' : 'Last operation';
  return section(
    'operation',
    [h('span', { class: 'kicker' }, kicker), ' ', operationName(operation, history)],
    chosen ? h('p', { class: 'back' }, h('a', { href: '#' }, 'Back to what is so now')) : null,
    h(
      'div',
      { class: 'card operation', 'data-key': operation.id },
      operation.outcome === null ? progressView(operation) : null,
      h(
        'div',
        { class: 'about' },
        factsView(overview, operation, now),
        // Another than the one at work, which has its buttons above.
        operation.outcome === null && operation.id !== atWork(overview)?.id
          ? h(
              'div',
              { class: 'actions' },
              formButton('abort', 'Abort…', { about: operation.id }),
              operation.state === 'awaiting-window'
                ? formButton('override-window', 'Pass its window…', { about: operation.id })
                : null,
            )
          : null,
        approvalsView(operation, { now, viewer }),
        checksView(operation),
        diagnosisView(operation),
      ),
      timelineView(operation),
    ),
  );
}

/** @param {ApiOperation} operation */
function progressView(operation) {
  return h(
    'ol',
    { class: 'phases', 'aria-label': 'Progress' },
    phasesOf(operation).map(({ name, place }) =>
      h(
        'li',
        { 'data-place': place, 'aria-current': place === 'now' ? 'step' : null },
        name,
        place === 'passed' ? h('span', { class: 'unseen' }, ' (done)') : null,
      ),
    ),
  );
}

/**
 * @param {ApiOverview} overview
 * @param {ApiOperation} operation
 * @param {number} now
 */
function factsView({ history }, operation, now) {
  const { outcome, state, reason, release, origin, target, related, abort, startedAt, endedAt, actor, waiting } =
    operation;
  const ended = outcome === null ? null : outcomeWords(outcome);
  const length = (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt);
  // A rollback knows what it returns; what was returned is found by that.
  const returned = related ?? history.find((one) => one.related === operation.id)?.id;
  const other = history.find(({ id }) => id === returned);
  return h(
    'dl',
    { class: 'facts' },
    fact(
      ended === null ? 'State' : 'Outcome',
      ended === null ? badge('work', capital(doingWords(state))) : badge(ended.tone, ended.text),
    ),
    reason === null ? null : fact('Because', reason),
    waiting === null ? null : fact('Waits', [waitingWords(waiting), waiting.next.map(commandView)]),
    abort === null ? null : fact('Abort', `${actorWords(abort.actor)}: ${abort.reason}`),
    fact('Started', [ago(startedAt, now), ` by ${actorWords(actor)}`]),
    fact(endedAt === null ? 'Running for' : 'Took', duration(length)),
    target === null ? null : fact('Traffic', `${origin ?? '?'} → ${target}`),
    release === null
      ? null
      : fact('Release', [release.version, h('span', { class: 'soft' }, ` commit ${release.commit.slice(0, 7)}`)]),
    returned === undefined
      ? null
      : fact(
          operation.kind === 'rollback' ? 'Returns' : 'Returned by',
          h('a', { href: operationLink(returned) }, other ? operationName(other, history) : returned),
        ),
  );
}

/** @param {{ what: string, command: string }} step */
const commandView = ({ what, command }) => h('div', { class: 'soft' }, `${what}: `, h('code', null, command));

/**
 * @param {string} name
 * @param {import('./dom.js').Child} value
 */
const fact = (name, value) => h('div', { 'data-key': name }, h('dt', null, name), h('dd', null, value));
