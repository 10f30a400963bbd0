import type { ApiHistoryEntry, ApiOverview } from '../contracts/api/overview.ts';
import { liveSideTrouble } from '../contracts/live-side.ts';
import { dayAndClock } from './time.ts';
import type { Tone } from './words.ts';
import { actorWords, capital, clause, doingWords, operationName, outcomeWords } from './words.ts';

/** The state of a service in one sentence, and a second one that says why or what is next. */
export interface Headline {
  readonly title: string;
  readonly detail: string | null;
  readonly tone: Tone;
}

/** The operation at work: the lock's holder, else the newest that has not ended; null when nothing is in progress. */
export function atWork({ service, history }: Pick<ApiOverview, 'service' | 'history'>): ApiHistoryEntry | null {
  const running = history.filter(({ outcome }) => outcome === null);
  return running.find(({ id }) => id === service.lock.holder) ?? running[0] ?? null;
}

export function headlineOf(overview: ApiOverview): Headline {
  const { service } = overview;
  const running = atWork(overview);
  if (service.frozen !== null) {
    const why = service.frozen.reason;
    const detail = service.problem === null ? why : `${clause(why)}. ${service.problem}`;
    return { title: `Frozen. ${trafficWords(overview)}`, detail, tone: 'bad' };
  }
  if (service.problem !== null) {
    const isKnown = service.environments.blue.weight !== null && service.environments.green.weight !== null;
    const title = isKnown ? trafficWords(overview) : 'It is not known where the traffic is';
    return { title, detail: service.problem, tone: 'bad' };
  }
  const { active } = service;
  const live = active === null ? null : service.environments[active];
  const trouble = live === null ? null : liveSideTrouble(live);
  if (running !== null) {
    const headline = inProgress(overview, running);
    if (active === null || trouble === null) return headline;
    const detail = [`The live side is ${active}. ${trouble.text}`, headline.detail].filter(Boolean).join(' ');
    return { ...headline, detail, tone: headline.tone === 'bad' ? 'bad' : trouble.tone };
  }
  const detail = lastWords(overview);
  if (trouble === null) return { title: trafficWords(overview), detail, tone: 'calm' };
  return { title: `${trafficWords(overview)} ${trouble.text}`, detail: live?.reason ?? detail, tone: trouble.tone };
}

function inProgress(overview: ApiOverview, running: ApiHistoryEntry): Headline {
  const name = operationName(running, overview.history);
  if (running.abort !== null) {
    const { actor, reason } = running.abort;
    return {
      title: `${name} is being aborted. ${trafficWords(overview)}`,
      detail: `${actorWords(actor)}: ${reason}`,
      tone: 'wait',
    };
  }
  const { waiting } = running;
  if (waiting !== null) {
    // It does what it does, and takes its time; with the others it stands still.
    const { kind } = waiting;
    const atWork = kind === 'split' || kind === 'sync';
    const standing = atWork ? `${name}: ${doingWords(running.state)}` : `${name} ${standings[kind]}`;
    const traffic = kind === 'pause' ? `. ${trafficWords(overview)}` : '';
    return {
      title: `${standing}${traffic}`,
      detail: waitingWords(waiting),
      tone: atWork ? 'work' : 'wait',
    };
  }
  if (running.state === 'returning-traffic' || running.kind === 'rollback') {
    return {
      title: `${name}: ${doingWords(running.state)}`,
      detail: running.reason === null ? null : running.reason,
      tone: 'bad',
    };
  }
  return {
    title: `${name}: ${doingWords(running.state)}`,
    detail: [trafficWords(overview), ...(running.next === null ? [] : [nextWords(running.next)])].join(' '),
    tone: 'work',
  };
}

const standings = {
  pause: 'is paused',
  evidence: 'waits for evidence',
  approval: 'waits for approval',
  window: 'waits for its deployment window',
  turn: 'waits for the lock',
};

/** What is waited for and what happens then by itself, in the API's own words, with the time here. */
export const waitingWords = ({
  text,
  until,
}: Pick<NonNullable<ApiHistoryEntry['waiting']>, 'text' | 'until'>): string =>
  until === null ? text : `${text} ${until.text} at ${dayAndClock(Date.parse(until.at))}.`;

/** What it does next by itself, and when: `Next: green gets 50 %, not before Mon 23 Nov, 09:44:58, if all is well.` */
export const nextWords = ({ text, at }: NonNullable<ApiHistoryEntry['next']>): string =>
  `Next: ${text.charAt(0).toLowerCase()}${text.slice(1)}, not before ${dayAndClock(Date.parse(at))}, if all is well.`;

/** `All traffic is on blue (v2.0.5).` */
export function trafficWords({ service: { environments } }: Pick<ApiOverview, 'service'>): string {
  const { blue, green } = environments;
  if (blue.weight === null || green.weight === null) return 'The traffic is not known.';
  const named = (one: 'blue' | 'green') => {
    const { version, health } = environments[one];
    return `${one} (${version ?? (health === 'absent' ? 'nothing deployed' : 'version not known')})`;
  };
  if (blue.weight === 100) return `All traffic is on ${named('blue')}.`;
  if (green.weight === 100) return `All traffic is on ${named('green')}.`;
  return `${capital(named('blue'))} has ${blue.weight} % of the traffic, ${named('green')} ${green.weight} %.`;
}

/** How the last operation ended, when that is still worth a thought. A rollback speaks for the deployment that it returned. */
function lastWords({ history }: ApiOverview): string {
  const [newest] = history;
  const last = newest?.kind === 'rollback' ? (history.find(({ id }) => id === newest.related) ?? newest) : newest;
  if (last === undefined || last.outcome === null) return 'Sluice has not deployed anything yet.';
  const { text, tone } = outcomeWords({ outcome: last.outcome, reason: last.reason });
  const name = operationName(last, history);
  if (tone === 'calm' || last.reason === null) return `Nothing is in progress. ${name}: ${text.toLowerCase()}.`;
  return `Nothing is in progress. ${name}: ${text.toLowerCase()}. Why: ${clause(last.reason)}.`;
}

/** What a tab shows: `green 25 % · chest-xray-mlops`. */
export function tabTitle(overview: ApiOverview): string {
  const { service } = overview;
  const { weight } = service.environments.green;
  const traffic =
    weight === null ? 'unknown' : weight > 0 && weight < 100 ? `green ${weight} %` : weight === 100 ? 'green' : 'blue';
  const state = service.frozen !== null ? 'FROZEN, ' : atWork(overview) !== null ? 'in progress, ' : '';
  return `${state}${traffic} · ${service.name} · Sluice`;
}
