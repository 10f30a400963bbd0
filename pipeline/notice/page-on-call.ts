import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import { UnreadableRecord } from '../../contracts/errors.ts';
import { formatInstant, type Instant, parseInstant } from '../../contracts/instant.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { sentence } from '../../contracts/words.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { audited, sluice } from '../operation/audited.ts';
import { closeIntents } from '../operation/close-intents.ts';
import { doneBefore } from '../operation/done-before.ts';
import { readWaiting } from '../operation/read-waiting.ts';
import type { PagingDeps } from '../ports.ts';
import { createDatabaseBudget, type DatabaseBudget } from '../return/database-budget.ts';
import { contactFacts } from './contacts-of.ts';
import { type Occasion, occasionOf } from './occasion-of.ts';
import {
  decisionSteps,
  forgedSteps,
  frozenSteps,
  type OnCallSteps,
  returnedSteps,
  type WayOut,
  withoutRecordsSteps,
} from './on-call-steps.ts';
import { pageChannels } from './page-channels.ts';
import { linksOf, runbookFacts } from './service-links.ts';
import { recentOf, servingNow } from './serving.ts';
import { standingOf } from './standing.ts';

/** What the on-call has to know. */
export interface OnCallNews {
  /**
   * Of the operation that this is about, or would be of the execution that pages: an alert that only pauses registers none, and then the page
   * is about whatever holds the lock. It is paged about once, and once more for every later pause.
   */
  readonly operation: string;
  /** Since when it is paused, or when what the page is about was found; null for neither. */
  readonly pausedAt?: Instant | null;
  /** `forged`: a record is not proven, of this operation or of the chain of a service. `returned`: the traffic went back by itself, and nothing is left to decide. Its mail is the report. */
  readonly kind: 'frozen' | 'needs-a-person' | 'returned' | 'forged';
  readonly reason: string;
}

/** The operation that a page is about: its own, or what holds the lock. Null when neither exists: no id may lead nowhere (I14). */
async function operationOf(
  { store }: PagingDeps,
  { name }: ServiceConfiguration,
  id: string,
): Promise<OperationRecord | null> {
  const own = await store.operations.read(id);
  if (own !== null) return own;
  const { holder } = await store.locks.read(name);
  return holder === null ? null : store.operations.read(holder);
}

/** The operation that a page is about, and what that one returned. */
interface Paged {
  readonly about: OperationRecord | null;
  readonly related: OperationRecord | null;
}

/** What an operation returned. Null when it cannot be read: advice that lacks something is better than no page. */
async function relatedTo({ store }: PagingDeps, about: OperationRecord | null): Promise<OperationRecord | null> {
  if (about === null || about.related === null) return null;
  return store.operations.read(about.related).catch((error: unknown) => {
    if (error instanceof UnreadableRecord) return null;
    throw error;
  });
}

/**
 * How a person can move the traffic. Where the records do not say what runs on the side without traffic, any hold counts; where they do not
 * say where the traffic is, it counts as on one side.
 */
async function wayOutOf(
  { store }: PagingDeps,
  { name }: ServiceConfiguration,
  { about, related }: Paged,
): Promise<WayOut> {
  const held = new Set((await store.releases.holds(name)).map(({ digest }) => digest));
  const records = [about, related].filter((record) => record !== null);
  const weights = records.find((record) => record.weights !== null)?.weights ?? null;
  const active = weights === null ? null : soleEnvironment(weights);
  if (weights !== null && active === null) return 'split';
  if (held.size === 0) return 'rollback';
  if (active === null) return 'held';
  const other = otherEnvironment(active);
  for (const { target, release, live } of records) {
    if (target === other && release !== null) return held.has(release.digest) ? 'held' : 'rollback';
    if (target !== null && live?.environment === other) return held.has(live.digest) ? 'held' : 'rollback';
  }
  return 'held';
}

const subjects = {
  frozen: ' is frozen: a person has to act',
  'needs-a-person': ': a person has to look',
  returned: ': the traffic went back automatically',
  forged: ': a record is not proven, and a person has to look',
} as const satisfies Record<OnCallNews['kind'], string>;

async function stepsFor(
  deps: PagingDeps,
  service: ServiceConfiguration,
  { kind, operation }: Pick<OnCallNews, 'kind' | 'operation'>,
  paged: Paged,
): Promise<OnCallSteps> {
  const { about, related } = paged;
  if (kind === 'forged') return forgedSteps(service.name, operation);
  if (kind === 'returned' && about !== null) {
    const serving = servingNow(await recentOf(deps.store, about, related));
    return returnedSteps(service.name, about.id, [...serving, ...(await standingOf(deps.store, about, related))]);
  }
  const wayOut = await wayOutOf(deps, service, paged);
  if (kind === 'frozen') return frozenSteps(service.name, about?.id ?? null, wayOut);
  const waiting = about === null ? null : await readWaiting(deps, service, about);
  return decisionSteps(service.name, about, waiting, wayOut);
}

/** Since when what the page is about is paused; null when it is not. */
const pauseOf = (pausedAt: Instant | null | undefined, about: OperationRecord | null): Instant | null =>
  pausedAt ?? (about?.pausedAt ? parseInstant(about.pausedAt) : null);

/** One for each thing to do: a freeze, or a pause of the operation that the page is about; of the execution where there is none (I14). */
function keyOf(
  { name }: ServiceConfiguration,
  { operation, kind, pausedAt }: OnCallNews,
  about: OperationRecord | null,
) {
  const id = kind === 'forged' ? operation : (about?.id ?? operation);
  if (kind !== 'needs-a-person') return `sluice-${name}-${id}-${kind}`;
  const since = pauseOf(pausedAt, about);
  return `sluice-${name}-${id}${since === null ? '' : `-${since}`}`;
}

/** For all that one page asks of the records. Each call has a shorter time of its own, after which the database counts as away. */
const forRecords = seconds(60);

/** What a page has of the database, and does without once that does not answer: nobody stays asleep for it. */
export const pagingBudget = (): DatabaseBudget => createDatabaseBudget(forRecords);

interface Known extends OnCallSteps {
  readonly about: OperationRecord | null;
  readonly occasion: Occasion;
  readonly key: string;
}

async function readKnown(deps: PagingDeps, service: ServiceConfiguration, news: OnCallNews): Promise<Known> {
  const about = await operationOf(deps, service, news.operation);
  const related = await relatedTo(deps, about);
  return {
    about,
    occasion: about === null ? {} : occasionOf(about, related),
    key: keyOf(service, news, about),
    ...(await stepsFor(deps, service, news, { about, related })),
  };
}

/** Nobody knows what was paged about before: pages of one hour about the same kind of thing have one key. */
const unknown = (deps: PagingDeps, service: ServiceConfiguration, { kind }: OnCallNews): Known => ({
  about: null,
  occasion: {},
  key: `sluice-${service.name}-${kind}-without-records-${formatInstant(deps.now()).slice(0, 13)}`,
  ...withoutRecordsSteps(service),
});

/**
 * Wakes the on-call through every channel and writes a mail as well, each once per operation. One channel's failure keeps no
 * other one from being used; it is thrown at the end, so that the caller is retried, and then only what failed is repeated. Where the
 * database does not answer, the page says so and leaves without a record (docs/adr/0044).
 */
export async function pageOnCall(
  deps: PagingDeps,
  service: ServiceConfiguration,
  news: OnCallNews,
  budget: DatabaseBudget = pagingBudget(),
): Promise<'paged' | 'paged-before'> {
  const { operation, kind, reason } = news;
  const subject = `${service.name}${subjects[kind]}`;
  const known = (await budget.ask(() => readKnown(deps, service, news))) ?? unknown(deps, service, news);
  const { about, occasion, key, standing, steps } = known;
  const facts = [
    { name: 'Service', value: service.name },
    ...(about === null ? [] : [{ name: 'Operation', value: about.id }]),
    ...runbookFacts(reason),
    ...linksOf(deps.configuration, service, { ...occasion, reason }),
    ...contactFacts(deps.configuration, service),
  ];
  const text = { subject, reason: sentence(reason), standing, steps, facts, key, about: operation };
  // Who is written to about deployments has the report of a return already.
  const channels = pageChannels(deps, service, text, kind === 'returned' ? 'without-mail' : 'with-mail');

  // Whatever pages for a pause, a second alert or the sweep, pages for it once: that stands with what is paused.
  const since = kind === 'needs-a-person' ? pauseOf(news.pausedAt, about) : null;
  const notedIn = since === null || about === null ? operation : about.id;
  const failures: unknown[] = [];
  const sent: string[] = [];
  for (const [channel, page] of channels) {
    const action = `page-${channel}`;
    if (await budget.ask(() => doneBefore(deps.store, notedIn, action, since))) continue;
    const intent = { operation: notedIn, action, actor: sluice, reason, wanted: { subject } };
    const send = async () => {
      await page();
      sent.push(channel);
      return 'sent';
    };
    await audited(deps, intent, send, budget.ask).catch((error: unknown) => failures.push(error));
  }
  // What left without a record cannot be told from what did not: a repetition would wake the same people again.
  const isAwake = budget.exhausted && sent.some((channel) => channel !== 'mail');
  if (failures.length > 0 && !isAwake) throw failures[0];
  // An operation that has ended has nobody else to give a result to the intent of a page that died on its way (I9).
  const actions = [...channels.keys()].map((channel) => `page-${channel}`);
  await budget.ask(() => closeIntents(deps, notedIn, actions));
  return sent.length > 0 ? 'paged' : 'paged-before';
}
