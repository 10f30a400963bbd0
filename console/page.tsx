/** What stands where on the page. */
import { type ComponentChild, render, type VNode } from 'preact';
import type { ApiAuditList } from '../contracts/api/audit-list.ts';
import type { ApiDeliveryList } from '../contracts/api/deliveries.ts';
import type { ApiMetrics } from '../contracts/api/metrics.ts';
import type { ApiOverview } from '../contracts/api/overview.ts';
import type { ApiReadings } from '../contracts/api/readings.ts';
import type { ApiSummary } from '../contracts/api/summary.ts';
import { tabTitle } from './headline.ts';
import { type ListPage, serviceLink } from './places.ts';
import { roughly } from './time.ts';
import { HistoryView, HoldsView } from './view-history.tsx';
import { OperationView } from './view-operation.tsx';
import { AuditView, DeliveriesView, MetricsView } from './view-records.tsx';
import { ServicesView } from './view-services.tsx';
import { StateView } from './view-state.tsx';
import { capital } from './words.ts';

/** What the API has answered, for one service or for one of the lists. */
export type Shown =
  | { readonly page: 'service'; readonly value: ApiOverview }
  | { readonly page: 'services'; readonly value: ApiSummary }
  | { readonly page: 'deliveries'; readonly value: ApiDeliveryList }
  | { readonly page: 'audit'; readonly value: ApiAuditList }
  | { readonly page: 'metrics'; readonly value: ApiMetrics };

/** What it is looked at with. */
export interface Looking {
  readonly readings: ApiReadings | null;
  /** Ms since 1970, by the server's clock. */
  readonly now: number;
  /** Whether the address names the operation. */
  readonly chosen: boolean;
  /** What the address asked for and is not there. */
  readonly missing: string | null;
  /** Mail of who looks, where it is known. */
  readonly viewer: string | null;
}

/** @throws Error when index.html has no such element. */
export function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}

const show = (id: string, children: ComponentChild): void => render(children, part(id));

/** Read out, and seen by nobody. Nothing new leaves what was said before. */
export function tellNews(news: readonly string[]): void {
  if (news.length > 0) show('news', news.join(' '));
}

export function showPage(shown: Shown, looking: Looking): void {
  const place = placeOfFocus();
  show('main', <Main shown={shown} looking={looking} />);
  if (place !== null) keepPlace(place);
  show('pages', <Pages shown={shown} />);
  show(
    'viewer',
    looking.viewer === null ? null : (
      <>
        {looking.viewer}{' '}
        <button type="button" class="button plain" data-sign-out>
          Sign out
        </button>
      </>
    ),
  );
  document.title = shown.page === 'service' ? tabTitle(shown.value) : `${capital(shown.page)} · Sluice`;
}

const links: readonly { readonly page: ListPage; readonly name: string }[] = [
  { page: 'deliveries', name: 'Deliveries' },
  { page: 'audit', name: 'Audit' },
  { page: 'metrics', name: 'Metrics' },
];

/** Where one can go from here. */
function Pages({ shown }: { shown: Shown }): VNode {
  const own = shown.page === 'service' ? shown.value : null;
  const current = (is: boolean) => (is ? 'page' : undefined);
  return (
    <>
      {own !== null && own.services.length < 2 ? null : (
        <a href="#services" aria-current={current(shown.page === 'services')}>
          Services
        </a>
      )}
      {own === null ? null : (
        <a href={serviceLink(own.service.name)} aria-current="page">
          {own.service.name}
        </a>
      )}
      {links.map(({ page, name }) => (
        <a key={page} href={`#${page}`} aria-current={current(shown.page === page)}>
          {name}
        </a>
      ))}
    </>
  );
}

function Main({ shown, looking }: { shown: Shown; looking: Looking }): VNode {
  switch (shown.page) {
    case 'service':
      return <Overview overview={shown.value} looking={looking} />;
    case 'services':
      return <ServicesView summary={shown.value} now={looking.now} />;
    case 'deliveries':
      return <DeliveriesView list={shown.value} now={looking.now} />;
    case 'audit':
      return <AuditView list={shown.value} />;
    case 'metrics':
      return <MetricsView metrics={shown.value} />;
  }
}

function Overview({ overview, looking }: { overview: ApiOverview; looking: Looking }): VNode {
  const { operation } = overview;
  const { readings, now, chosen, missing } = looking;
  return (
    <>
      {missing === null ? null : (
        <p class="card" role="status" key="missing">
          {missing}
        </p>
      )}
      <StateView overview={overview} now={now} key="state" />
      {operation === null ? null : (
        <OperationView {...{ overview, operation, readings, now, chosen }} key="operation" />
      )}
      <HoldsView overview={overview} now={now} key="holds" />
      <HistoryView overview={overview} now={now} key="history" />
    </>
  );
}

/** A button that is gone took the focus along: its section keeps the place of whoever works from the keyboard. */
export function keepPlace(place: string | null): void {
  const has = document.activeElement;
  // A field of a dialog that has closed keeps the focus until the browser paints again.
  if (has === document.body || has?.closest('dialog:not([open])'))
    (document.getElementById(place ?? '') ?? part('main')).focus();
}

/** The heading of the section that has the focus. */
export function placeOfFocus(): string | null {
  const section = document.activeElement?.closest('main section[aria-labelledby]');
  return section?.getAttribute('aria-labelledby') ?? null;
}

/** Whether what is seen is so. Why not is read out once; how old it is (`age` in ms, null when nothing is seen), is only shown. */
export function showConnection({ problem, age }: { problem: string | null; age: number | null }): void {
  document.body.toggleAttribute('data-stale', problem !== null);
  part('connection').dataset.tone = problem === null ? 'calm' : 'bad';
  show('connection', problem === null ? 'Live' : 'Not live');
  show('stale-why', problem);
  show('stale-age', problem === null || age === null ? null : `What you see is ${roughly(age)} old.`);
}

/** Takes everything away that a person has to be signed in for; `main` is for the sign-in. */
export function showSignedOut(): void {
  document.body.toggleAttribute('data-stale', false);
  for (const id of ['pages', 'viewer', 'stale-why', 'stale-age']) show(id, null);
  part('connection').dataset.tone = 'wait';
  show('connection', 'Signed out');
  document.title = 'Sign in · Sluice';
}
