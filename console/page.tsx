/** What stands where on the page. */
import { type ComponentChild, render, type VNode } from 'preact';
import type { ApiOverview } from '../contracts/api/overview.ts';
import type { ApiReadings } from '../contracts/api/readings.ts';
import { tabTitle } from './headline.ts';
import { serviceLink } from './parts.tsx';
import { roughly } from './time.ts';
import { HistoryView, HoldsView } from './view-history.tsx';
import { OperationView } from './view-operation.tsx';
import { StateView } from './view-state.tsx';

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

export function showOverview(
  overview: ApiOverview,
  look: { readings: ApiReadings | null; now: number; chosen: boolean; missing: string | null },
): void {
  const { services, service, viewer } = overview;
  const place = placeOfFocus();
  show('main', <Overview overview={overview} {...look} />);
  if (place !== null) keepPlace(place);
  show(
    'services',
    services.length < 2
      ? null
      : services.map((name) => (
          <a key={name} href={serviceLink(name)} aria-current={name === service.name ? 'page' : undefined}>
            {name}
          </a>
        )),
  );
  show(
    'viewer',
    viewer === null ? null : (
      <>
        {viewer}{' '}
        <button type="button" class="button plain" data-sign-out>
          Sign out
        </button>
      </>
    ),
  );
  document.title = tabTitle(overview);
}

function Overview({
  overview,
  readings,
  now,
  chosen,
  missing,
}: {
  overview: ApiOverview;
  readings: ApiReadings | null;
  now: number;
  chosen: boolean;
  missing: string | null;
}): VNode {
  const { operation } = overview;
  return (
    <>
      {missing === null ? null : (
        <p class="card" role="status" key="missing">
          {missing}
        </p>
      )}
      <StateView overview={overview} now={now} key="state" />
      {operation === null ? null : (
        <OperationView
          overview={overview}
          operation={operation}
          readings={readings}
          now={now}
          chosen={chosen}
          key="operation"
        />
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
  const section = document.activeElement?.closest('main section');
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
  for (const id of ['services', 'viewer', 'stale-why', 'stale-age']) show(id, null);
  part('connection').dataset.tone = 'wait';
  show('connection', 'Signed out');
  document.title = 'Sign in · Sluice';
}
