import { render } from 'preact';
import './tokens.css';
import './frame.css';
import './state.css';
import './operation.css';
import './charts.css';
import type { ApiOverview } from '../contracts/api/overview.ts';
import type { ApiReadings } from '../contracts/api/readings.ts';
import { createLookout, createReadingsLookout, send } from './api.ts';
import { openForm } from './form-dialog.tsx';
import { formOf } from './forms.ts';
import { newsOf } from './news.ts';
import { keepPlace, part, placeOfFocus, showConnection, showOverview, showSignedOut, tellNews } from './page.tsx';
import { returnFromSignIn, showSignIn } from './sign-in.tsx';
import { forgetToken } from './token.ts';

/** Between two looks, in ms: a change is on the page within a second. A page that nobody sees looks less often. */
const every = { seen: 500, hidden: 5_000 };
/** Without an answer for this long, in ms, the page says so even while it still waits for one. */
const patience = 2_000;

const main = part('main');
const dialog = part('dialog') as HTMLDialogElement; // index.html says so
const look = createLookout();
const lookAtReadings = createReadingsLookout();

/** Null while signed out. */
let overview: ApiOverview | null = null;
/** Of the operation that is shown; null while they are not known. */
let readings: ApiReadings | null = null;
/** The server's clock less ours, in ms. */
let ahead = 0;
/** When the page was last known to be true, by our clock. */
let lookedAt = Date.now();
/** Why the last look failed. */
let problem: string | null = null;
/** Why a sign-in did not work. */
let refused: string | null = null;
/** What the address asked for and is not there. */
let missing: string | null = null;
/** Since when a look is under way. */
let askedAt: number | null = null;
/** Counts looks: an answer that was overtaken by a later question is dropped. */
let looks = 0;

/** What the address asks for: `#operation=…`, `#service=…`. */
const wanted = () => new URLSearchParams(location.hash.slice(1));

function show(): void {
  if (overview === null) return;
  showOverview(overview, { readings, now: Date.now() + ahead, chosen: wanted().has('operation'), missing });
  showLiveness();
}

function showLiveness(): void {
  if (overview === null && problem === null) return;
  const age = Date.now() - lookedAt;
  const slow = askedAt !== null && Date.now() - askedAt > patience ? 'Sluice is slow to answer.' : null;
  showConnection({ problem: problem ?? slow, age: overview === null ? null : age });
}

async function lookOnce(): Promise<void> {
  const number = ++looks;
  askedAt ??= Date.now();
  const answer = await look({ service: wanted().get('service'), operation: wanted().get('operation') });
  if (number !== looks) return;
  askedAt = null;
  switch (answer.kind) {
    case 'signed-out':
      return signedOut();
    case 'gone':
      missing = answer.message;
      history.replaceState(null, '', '/');
      return lookOnce();
    case 'unreachable':
      problem = answer.message;
      return showLiveness();
    case 'changed':
      tellNews(overview === null ? [] : newsOf(overview, answer.overview));
      if (overview === null) render(null, main);
      overview = answer.overview;
      // The header has whole seconds: what is closer than that is no difference.
      if (answer.at !== null) ahead = Math.abs(answer.at - Date.now()) < 2_000 ? 0 : answer.at - Date.now();
      break;
    case 'same':
      break;
  }
  problem = null;
  lookedAt = Date.now();
  show();
}

/** Beside the rest: the page is as true without its charts. */
async function lookAtShownReadings(): Promise<void> {
  const operation = overview?.operation ?? null;
  // Nothing is measured before it has a target.
  if (operation === null || operation.target === null) return;
  const found = await lookAtReadings(operation);
  if (found === null || found === readings) return;
  readings = found;
  show();
}

async function signedOut(): Promise<void> {
  if (overview !== null) render(null, main);
  overview = null;
  problem = null;
  // A token that is not accepted any more is over.
  forgetToken();
  dialog.close();
  showSignedOut();
  const overLink = location.hash === '#link-over' ? 'That link is over. Sign in here, or ask for a new one.' : null;
  await showSignIn(main, { problem: refused ?? overLink, done: () => location.replace('/') });
}

document.addEventListener('click', async (event) => {
  const { target } = event;
  if (!(target instanceof Element)) return;
  if (target.closest('.skip') !== null) {
    // The address is for what is shown: following the link would forget it.
    event.preventDefault();
    return main.focus();
  }
  const button = target.closest('button');
  if (button === null) return;
  if (button.hasAttribute('data-sign-out')) {
    if (!forgetToken()) await send({ method: 'DELETE', path: '/api/session' });
    return lookOnce();
  }
  const name = button.dataset.form;
  const form = name !== undefined && overview !== null ? formOf(name, button.dataset.about ?? '', overview) : null;
  if (form === null) return;
  const place = placeOfFocus();
  // The page may show the effect, and so have lost the button, before the dialog has its answer and closes.
  dialog.addEventListener('close', () => keepPlace(place), { once: true });
  openForm(dialog, form, () => void lookOnce());
});
addEventListener('hashchange', async () => {
  missing = null;
  await lookOnce();
  if (wanted().has('operation')) document.getElementById('operation')?.focus();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void lookOnce();
});

async function goOnLooking(): Promise<void> {
  await lookOnce();
  void lookAtShownReadings();
  setTimeout(goOnLooking, document.hidden ? every.hidden : every.seen);
}
// Time passes while nothing answers.
setInterval(showLiveness, 1_000);
refused = await returnFromSignIn();
void goOnLooking();
