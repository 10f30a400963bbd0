/** @import { ApiOverview } from '../contracts/api/overview.ts' */
import { createLookout, send } from './api.js';
import { h, show } from './dom.js';
import { formOf, openForm } from './forms.js';
import { tabTitle } from './headline.js';
import { newsOf } from './news.js';
import { showSignIn } from './sign-in.js';
import { duration } from './time.js';
import { historyView, holdsView } from './view-history.js';
import { operationView } from './view-operation.js';
import { stateView } from './view-state.js';

/** Between two looks, in ms: a change is on the page within a second. A page that nobody sees looks less often. */
const every = { seen: 500, hidden: 5_000 };

/** @param {string} id */
const part = (id) => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
};
const main = part('main');
// index.html says so
const dialog = /** @type {HTMLDialogElement} */ (part('dialog'));
const look = createLookout(fetch.bind(window));

/** @type {ApiOverview | null} */
let overview = null;
/** The server's clock less ours, in ms. */
let ahead = 0;
/** When the page was last known to be true, by our clock. */
let lookedAt = Date.now();
/** @type {string | null} */
let problem = null;

/** What the address asks for: `#operation=…`, `#service=…`. */
const wanted = () => new URLSearchParams(location.hash.slice(1));

function render() {
  if (overview === null) return;
  const now = Date.now() + ahead;
  const chosen = wanted().get('operation') !== null;
  const { operation } = overview;
  show(
    main,
    stateView(overview, now),
    operation === null ? null : operationView(overview, operation, { now, chosen }),
    holdsView(overview, now),
    historyView(overview, now),
  );
  const { services, service, viewer } = overview;
  show(
    part('services'),
    services.length < 2
      ? null
      : services.map((name) =>
          h(
            'a',
            { href: `#service=${encodeURIComponent(name)}`, 'aria-current': name === service.name ? 'page' : null },
            name,
          ),
        ),
  );
  show(
    part('viewer'),
    viewer === null
      ? null
      : [viewer, ' ', h('button', { type: 'button', class: 'button plain', 'data-sign-out': true }, 'Sign out')],
  );
  document.title = tabTitle(overview);
  renderConnection();
}

function renderConnection() {
  const connection = part('connection');
  connection.dataset.tone = problem === null ? 'calm' : 'bad';
  show(connection, problem === null ? 'Live' : 'Not connected');
  const age = duration(Date.now() - lookedAt);
  show(part('stale'), problem === null ? null : `${problem} What you see is ${age} old.`);
}

async function lookOnce() {
  const answer = await look({ service: wanted().get('service'), operation: wanted().get('operation') });
  switch (answer.kind) {
    case 'changed': {
      const news = overview === null ? [] : newsOf(overview, answer.overview);
      if (news.length > 0) show(part('news'), news.join(' '));
      if (overview === null) main.replaceChildren();
      overview = answer.overview;
      if (answer.at !== null) ahead = answer.at - Date.now();
      break;
    }
    case 'same':
      break;
    case 'signed-out':
      overview = null;
      problem = null;
      show(part('connection'), 'Signed out');
      showSignIn(main, { linkIsOver: location.hash === '#link-over', done: () => location.replace('/') });
      return;
    case 'gone':
    case 'unreachable':
      problem = answer.message;
      renderConnection();
      return;
  }
  problem = null;
  lookedAt = Date.now();
  render();
}

document.addEventListener('click', async ({ target }) => {
  const button = target instanceof Element ? target.closest('button') : null;
  if (button === null) return;
  if (button.hasAttribute('data-sign-out')) {
    await send({ method: 'DELETE', path: '/api/session' });
    return void lookOnce();
  }
  const name = button.dataset.form;
  const form = name !== undefined && overview !== null ? formOf(name, button.dataset.about ?? '', overview) : null;
  if (form !== null) openForm(dialog, form, () => void lookOnce());
});
addEventListener('hashchange', async () => {
  await lookOnce();
  if (wanted().get('operation') !== null) part('operation').focus();
});

async function goOnLooking() {
  await lookOnce();
  setTimeout(goOnLooking, document.hidden ? every.hidden : every.seen);
}
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void lookOnce();
});
// Times pass while nothing changes.
setInterval(render, 5_000);
void goOnLooking();
