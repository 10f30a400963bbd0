import { readSignInWay, send } from './api.js';
import { h, show } from './dom.js';
import { fieldView } from './forms.js';
import { beginSignIn, endSignIn, isReturn } from './openid.js';
import { keepToken } from './token.js';

/** Where a sign-in service sends people back to. */
const home = () => `${location.origin}/`;

/**
 * Ends a sign-in that another page began, when that is how somebody got here.
 * @returns {Promise<string | null>} why they are not in
 */
export async function returnFromSignIn() {
  const address = new URL(location.href);
  if (!isReturn(address)) return null;
  // The code is of no use a second time, and nobody needs to see it.
  history.replaceState(null, '', '/');
  const way = await readSignInWay();
  if (way?.kind !== 'openid') return 'Sluice does not know that sign-in service.';
  const back = await endSignIn(way, { memory: sessionStorage, home: home(), address, ask: fetch.bind(window) });
  if (back.kind === 'refused') return back.message;
  keepToken(back.token);
  history.replaceState(null, '', `/${back.after}`);
  return null;
}

/**
 * What stands in the way of somebody who is not signed in.
 * @param {Element} main
 * @param {{ problem: string | null, done: () => void }} look `problem`: why the last attempt did not work
 */
export async function showSignIn(main, { problem, done }) {
  if (main.querySelector('.sign-in') !== null) return;
  const way = await readSignInWay();
  // Two looks may have found out at once.
  if (way === null || main.querySelector('.sign-in') !== null) return;
  main.replaceChildren(
    way.kind === 'token' ? tokenForm(problem, done) : way.kind === 'openid' ? openIdCard(way, problem) : noWay(),
  );
  /** @type {HTMLElement | null} */
  const first = main.querySelector('input, button');
  first?.focus();
}

/**
 * @param {Extract<import('../contracts/api/session.ts').SignInWay, { kind: 'openid' }>} way
 * @param {string | null} problem
 */
function openIdCard(way, problem) {
  const button = h('button', { type: 'button', class: 'button', 'data-tone': 'work' }, 'Sign in');
  button.addEventListener('click', async () => {
    location.assign(await beginSignIn(way, { memory: sessionStorage, home: home(), after: location.hash }));
  });
  return h(
    'section',
    { class: 'card sign-in' },
    h('h1', null, 'Sign in'),
    h('p', { class: 'refused', role: 'alert' }, problem ?? ''),
    h('p', null, `You are asked who you are at ${new URL(way.authorize).host}.`),
    h('div', { class: 'actions' }, button),
  );
}

const noWay = () =>
  h(
    'section',
    { class: 'card sign-in' },
    h('h1', null, 'Sign in'),
    h('p', null, 'This Sluice is for the command line only. Look with: sluice status'),
  );

/**
 * The form by which a browser gets its session, for whom the link that `npm start` prints is not at hand.
 * @param {string | null} problem
 * @param {() => void} done
 */
function tokenForm(problem, done) {
  const refused = h('p', { class: 'refused', role: 'alert' }, problem ?? '');
  const form = h(
    'form',
    { class: 'card sign-in' },
    h('h1', null, 'Sign in'),
    fieldView({ name: 'user', label: 'Who you are', hint: 'Your mail address, as in sluice.yaml.' }),
    fieldView({ name: 'token', label: 'API token', hint: 'apiToken in the ready file of the sandbox.' }),
    refused,
    h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'button', 'data-tone': 'work' }, 'Sign in')),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (form)));
    const answer = await send({ method: 'POST', path: '/api/session', body });
    if (answer.kind === 'done') return done();
    show(refused, answer.message);
  });
  return form;
}
