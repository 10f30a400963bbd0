/** What stands where on the page. */
/** @import { ApiOverview } from '../contracts/api/overview.ts' */
import { h, show } from './dom.js';
import { tabTitle } from './headline.js';
import { roughly } from './time.js';
import { historyView, holdsView } from './view-history.js';
import { operationView } from './view-operation.js';
import { stateView } from './view-state.js';

/** @param {string} id of an element of index.html */
const part = (id) => document.getElementById(id) ?? document.body;

/**
 * @param {ApiOverview} overview
 * @param {{ now: number, chosen: boolean, missing: string | null }} look
 */
export function showOverview(overview, { now, chosen, missing }) {
  const { operation, services, service, viewer } = overview;
  const place = placeOfFocus();
  show(
    part('main'),
    missing === null ? null : h('p', { class: 'card', role: 'status', 'data-key': 'missing' }, missing),
    stateView(overview, now),
    operation === null ? null : operationView(overview, operation, { now, chosen }),
    holdsView(overview, now),
    historyView(overview, now),
  );
  if (place !== null) keepPlace(place);
  show(part('services'), services.length < 2 ? null : services.map((name) => serviceLink(name, name === service.name)));
  show(
    part('viewer'),
    viewer === null
      ? null
      : [viewer, ' ', h('button', { type: 'button', class: 'button plain', 'data-sign-out': true }, 'Sign out')],
  );
  document.title = tabTitle(overview);
}

/**
 * A button that is gone took the focus along: its section keeps the place of whoever works from the keyboard.
 * @param {string | null} place
 */
export function keepPlace(place) {
  const has = document.activeElement;
  // A field of a dialog that has closed keeps the focus until the browser paints again.
  if (has === document.body || has?.closest('dialog:not([open])'))
    (document.getElementById(place ?? '') ?? part('main')).focus();
}

/** The heading of the section that has the focus. */
export function placeOfFocus() {
  const section = document.activeElement?.closest('main section');
  return section?.getAttribute('aria-labelledby') ?? null;
}

/**
 * @param {string} name
 * @param {boolean} current
 */
const serviceLink = (name, current) =>
  h('a', { href: `#service=${encodeURIComponent(name)}`, 'aria-current': current ? 'page' : null }, name);

/**
 * Whether what is seen is so. Why not is read out once; how old it is, is only shown.
 * @param {{ problem: string | null, age: number | null }} connection `age` in ms, null when nothing is seen
 */
export function showConnection({ problem, age }) {
  document.body.toggleAttribute('data-stale', problem !== null);
  part('connection').dataset.tone = problem === null ? 'calm' : 'bad';
  show(part('connection'), problem === null ? 'Live' : 'Not live');
  show(part('stale-why'), problem);
  show(part('stale-age'), problem === null || age === null ? null : `What you see is ${roughly(age)} old.`);
}

export function showSignedOut() {
  document.body.toggleAttribute('data-stale', false);
  for (const id of ['services', 'viewer', 'stale-why', 'stale-age']) show(part(id));
  part('connection').dataset.tone = 'wait';
  show(part('connection'), 'Signed out');
  document.title = 'Sign in · Sluice';
}
