/** @import { ApiOverview } from '../contracts/api/overview.ts' */
/** @import { ApiService } from '../contracts/api/service.ts' */
/** @import { Tone } from './words.js' */
import { h } from './dom.js';
import { atWork, headlineOf, waitingWords } from './headline.js';
import { ago, badge, formButton, operationLink } from './parts.js';
import { dayAndClock } from './time.js';
import { actorWords, capital, doingWords } from './words.js';

/** @type {Readonly<Record<ApiService['environments']['blue']['health'], Tone>>} */
const toneOf = { healthy: 'calm', progressing: 'work', degraded: 'bad', absent: 'wait', unknown: 'wait' };

/**
 * What is so now: one sentence, the traffic, both environments.
 * @param {ApiOverview} overview
 * @param {number} now
 */
export function stateView(overview, now) {
  const { service } = overview;
  const { title, detail, tone } = headlineOf(overview);
  return h(
    'section',
    { class: 'state', 'data-key': 'state', 'data-tone': tone, 'aria-labelledby': 'headline' },
    h(
      'p',
      { class: 'service' },
      service.name,
      service.host === null ? null : h('span', { class: 'soft' }, ` ${service.host}`),
    ),
    h('h1', { id: 'headline', tabindex: -1 }, title),
    detail === null ? null : h('p', { class: 'detail' }, detail),
    freezeView(service, now),
    windowsView(service),
    trafficView(service),
    h('div', { class: 'actions' }, actionsOf(overview)),
    candidateView(overview, now),
  );
}

/** @param {ApiService} service */
function trafficView(service) {
  const { blue, green } = service.environments;
  const known = blue.weight !== null && green.weight !== null;
  return h(
    'div',
    { class: 'traffic', 'data-key': 'traffic' },
    h(
      'div',
      {
        class: 'bar',
        role: 'img',
        'aria-label': known ? `Traffic: blue ${blue.weight} %, green ${green.weight} %` : 'Traffic: not known',
        'data-known': known ? 'yes' : 'no',
      },
      h('span', { class: 'blue', style: { '--share': String(blue.weight ?? 0) } }),
      h('span', { class: 'green', style: { '--share': String(green.weight ?? 0) } }),
    ),
    environmentView(service, 'blue'),
    environmentView(service, 'green'),
  );
}

/**
 * @param {ApiService} service
 * @param {'blue' | 'green'} name
 */
function environmentView(service, name) {
  const { version, digest, weight, ready, health, reason } = service.environments[name];
  const id = `environment-${name}`;
  return h(
    'article',
    { class: `environment ${name}`, 'aria-labelledby': id },
    h('h2', { id }, capital(name), ' ', h('span', { class: 'role' }, roleOf(service, name))),
    h(
      'p',
      { class: 'weight' },
      weight === null ? '?' : String(weight),
      ' %',
      h('span', { class: 'unit' }, ' of traffic'),
    ),
    h(
      'dl',
      null,
      h('dt', null, 'Version'),
      h('dd', { class: 'version', title: digest }, version ?? (health === 'unknown' ? 'not known' : 'none')),
      h('dt', null, 'Health'),
      h('dd', null, badge(toneOf[health], health)),
      h('dt', null, 'Pods ready'),
      h('dd', null, ready === null ? 'not known' : String(ready)),
    ),
    reason === null ? null : h('p', { class: 'reason', 'data-tone': toneOf[health] }, reason),
  );
}

/**
 * @param {ApiService} service
 * @param {'blue' | 'green'} name
 */
function roleOf({ active, environments }, name) {
  if (active === null) return '';
  const split = environments.blue.weight !== 0 && environments.green.weight !== 0;
  if (split) return active === name ? 'origin' : 'target';
  return active === name ? 'active' : 'standby';
}

/** @param {ApiOverview} overview */
function actionsOf(overview) {
  const running = atWork(overview);
  const frozen = overview.service.frozen !== null;
  return [
    formButton('rollback', 'Roll back…', { tone: 'bad' }),
    running === null || running.state === 'keeping-split' ? formButton('switch-traffic', 'Switch traffic…') : null,
    running === null ? null : formButton('abort', 'Abort…', { about: running.id }),
    running?.state === 'awaiting-window'
      ? formButton('override-window', 'Pass its window…', { about: running.id })
      : null,
    running?.pausedBecause ? formButton('resume', 'Let it go on…', { about: running.id }) : null,
    frozen ? formButton('unfreeze', 'End the freeze…') : formButton('freeze', 'Freeze…'),
  ];
}

/**
 * The newest release that waits behind the operation at work, and for what.
 * @param {ApiOverview} overview
 * @param {number} now
 */
function candidateView(overview, now) {
  const { candidate } = overview.service;
  if (candidate === null || candidate.operation === atWork(overview)?.id) return null;
  const { version, operation, at } = candidate;
  const own = overview.service.inProgress.find(({ id }) => id === operation);
  const waiting = own?.waiting ?? null;
  return h(
    'p',
    { class: 'aside', 'data-key': 'candidate' },
    h('a', { href: operationLink(operation) }, version),
    ` (${operation}), since `,
    ago(at, now),
    `: ${waiting == null ? `${doingWords(own?.state ?? 'gathering-evidence')}.` : waitingWords(waiting)}`,
  );
}

/**
 * @param {ApiService} service
 * @param {number} now
 */
function freezeView({ frozen }, now) {
  if (frozen === null) return null;
  return h(
    'p',
    { class: 'aside', 'data-key': 'frozen' },
    'Frozen ',
    ago(frozen.at, now),
    ` by ${actorWords(frozen.by)}`,
    frozen.operation === null ? null : [', in ', h('a', { href: operationLink(frozen.operation) }, 'this operation')],
    '. Nothing is deployed until somebody ends the freeze.',
  );
}

/**
 * Why no deployment may begin now, by which window, and when one may; nothing while it is open.
 * @param {ApiService} service
 */
function windowsView({ windows }) {
  if (windows == null || windows.state === 'open') return null;
  const { text, change, outside } = windows;
  const opens =
    change === null ? 'It does not open within a year.' : `${change.text} at ${dayAndClock(Date.parse(change.at))}.`;
  return h('p', { class: 'aside', 'data-key': 'windows' }, `Deployment window: ${text} ${opens} ${outside}`);
}
