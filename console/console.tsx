import { render } from 'preact';
import './tokens.css';
import './frame.css';
import './state.css';
import './operation.css';
import './charts.css';
import type { ApiGoodVersions } from '../contracts/api/good-versions.ts';
import type { ApiOverview } from '../contracts/api/overview.ts';
import type { ApiReadings } from '../contracts/api/readings.ts';
import { askOnce, createAsker, createLookout, createReadingsLookout, longPatience, send } from './api.ts';
import { openDeploy } from './deploy-dialog.tsx';
import { openForm } from './form-dialog.tsx';
import { formOf } from './forms.ts';
import { newsOf } from './news.ts';
import {
  keepPlace,
  part,
  placeOfFocus,
  type Shown,
  showConnection,
  showPage,
  showSignedOut,
  tellNews,
} from './page.tsx';
import { addressOf, type ListPage, type Place, placeOf } from './places.ts';
import { returnFromSignIn, showSignIn } from './sign-in.tsx';
import { forgetToken } from './token.ts';

/**
 * Between two looks, in ms: a change of a service is on the page within a second. What is put together from all of them is looked at less
 * often, and so is a page that nobody sees.
 */
const every = { service: 500, services: 5_000, list: 15_000, hidden: 5_000 };
/** Without an answer for this long, in ms, the page says so even while it still waits for one. */
const patience = { service: 2_000, list: 10_000 };

const main = part('main');
const dialog = part('dialog') as HTMLDialogElement; // index.html says so
let lookAtService = createLookout();
let lookAtList = createAsker();
const lookAtReadings = createReadingsLookout();

/** Null while signed out. */
let shown: Shown | null = null;
/** Of the operation that is shown; null while they are not known. */
let readings: ApiReadings | null = null;
let viewer: string | null = null;
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
let timer: ReturnType<typeof setTimeout> | undefined;

const place = (): Place => placeOf(location.hash);
const chosen = (): boolean => {
  const { page, ...rest } = place();
  return page === 'service' && 'operation' in rest && rest.operation !== null;
};
const overviewOf = (of: Shown | null): ApiOverview | null => (of?.page === 'service' ? of.value : null);

function show(): void {
  if (shown === null) return;
  showPage(shown, { readings, now: Date.now() + ahead, chosen: chosen(), missing, viewer });
  showLiveness();
}

function showLiveness(): void {
  if (shown === null && problem === null) return;
  const age = Date.now() - lookedAt;
  const most = place().page === 'service' ? patience.service : patience.list;
  const slow = askedAt !== null && Date.now() - askedAt > most ? 'Sluice is slow to answer.' : null;
  showConnection({ problem: problem ?? slow, age: shown === null ? null : age });
}

async function lookOnce(): Promise<void> {
  const number = ++looks;
  askedAt ??= Date.now();
  const at = place();
  const answer = at.page === 'service' ? await lookService(at) : await lookList(at.page);
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
    case 'changed': {
      const [before, after] = [overviewOf(shown), overviewOf(answer.shown)];
      // With several services the console begins with the list of them.
      if (location.hash === '' && missing === null && after !== null && after.services.length > 1) {
        history.replaceState(null, '', '#services');
        return lookOnce();
      }
      if (before !== null && after !== null) tellNews(newsOf(before, after));
      if (shown === null) render(null, main);
      shown = answer.shown;
      if ('viewer' in shown.value) viewer = shown.value.viewer;
      // The header has whole seconds: what is closer than that is no difference.
      if (answer.at !== null) ahead = Math.abs(answer.at - Date.now()) < 2_000 ? 0 : answer.at - Date.now();
      break;
    }
    case 'same':
      break;
  }
  problem = null;
  lookedAt = Date.now();
  show();
}

async function lookService(at: Extract<Place, { page: 'service' }>) {
  const answer = await lookAtService(at);
  if (answer.kind !== 'changed') return answer;
  return { ...answer, shown: { page: 'service', value: answer.overview } satisfies Shown };
}

async function lookList(page: ListPage) {
  const answer = await lookAtList<never>(addressOf({ page }), longPatience);
  // Each address answers what its page shows.
  return answer.kind === 'changed' ? { ...answer, shown: { page, value: answer.value } as Shown } : answer;
}

/** Beside the rest: the page is as true without its charts. */
async function lookAtShownReadings(): Promise<void> {
  const operation = overviewOf(shown)?.operation ?? null;
  // Nothing is measured before it has a target.
  if (operation === null || operation.target === null) return;
  const found = await lookAtReadings(operation);
  if (found === null || found === readings) return;
  readings = found;
  show();
}

async function signedOut(): Promise<void> {
  if (shown !== null) render(null, main);
  shown = null;
  problem = null;
  viewer = null;
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
  const overview = overviewOf(shown);
  const name = button.dataset.form;
  if (name === undefined || overview === null) return;
  const from = placeOfFocus();
  // The page may show the effect, and so have lost the button, before the dialog has its answer and closes.
  dialog.addEventListener('close', () => keepPlace(from), { once: true });
  const done = () => void lookOnce();
  if (name === 'deploy') return openDeploy(dialog, overview.service.name, done);
  const versions = name === 'rollback' ? await goodVersionsOf(overview.service.name) : [];
  const form = formOf(name, button.dataset.about ?? '', overview, versions);
  // Asked for twice while the versions were looked up.
  if (form !== null && !dialog.open) openForm(dialog, form, done);
});
/** None when they cannot be found out: a rollback must be asked for all the same, and soon. */
async function goodVersionsOf(service: string): Promise<ApiGoodVersions['versions']> {
  const address = `/api/services/${encodeURIComponent(service)}/good-versions`;
  const answer = await askOnce<ApiGoodVersions>(address, patience.service);
  return answer.kind === 'found' ? answer.value.versions : [];
}

addEventListener('hashchange', async () => {
  missing = null;
  // What has not changed since it was shown last is not shown any more.
  lookAtService = createLookout();
  lookAtList = createAsker();
  await lookAgain();
  // Keyboard focus follows the link.
  document.getElementById(chosen() ? 'operation' : place().page === 'service' ? 'headline' : 'page')?.focus();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void lookAgain();
});

/** Looks now, and then again and again. */
async function lookAgain(): Promise<void> {
  clearTimeout(timer);
  try {
    await lookOnce();
    void lookAtShownReadings();
  } finally {
    // Whatever goes wrong with one answer, the next is looked at.
    clearTimeout(timer);
    timer = setTimeout(lookAgain, pauseNow());
  }
}

function pauseNow(): number {
  const { page } = place();
  const seen = page === 'service' || shown === null ? every.service : page === 'services' ? every.services : every.list;
  return document.hidden ? Math.max(seen, every.hidden) : seen;
}

// Time passes while nothing answers.
setInterval(showLiveness, 1_000);
refused = await returnFromSignIn();
void lookAgain();
