import { send } from './api.js';
import { h, show } from './dom.js';
import { fieldView } from './forms.js';

/**
 * The form by which a browser gets its session, for whom the link that `npm start` prints is not at hand.
 * @param {Element} main
 * @param {{ linkIsOver: boolean, done: () => void }} look
 */
export function showSignIn(main, { linkIsOver, done }) {
  if (main.querySelector('form.sign-in') !== null) return;
  const refused = h(
    'p',
    { class: 'refused', role: 'alert' },
    linkIsOver ? 'That link is over. Sign in here, or ask for a new one.' : '',
  );
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
  main.replaceChildren(form);
  form.querySelector('input')?.focus();
}
