import type { EventBus } from '../../adapters/events/event-bus.ts';
import type { Store } from '../../adapters/store/store.ts';
import type { Milliseconds } from '../../contracts/duration.ts';
import type { SluiceEvent } from '../../contracts/events/sluice-event.ts';
import {
  endedEvent,
  frozenEvent,
  heldEvent,
  holdLiftedEvent,
  pauseEvent,
  startedEvent,
  stateEvent,
  unfrozenEvent,
} from '../../core/events/sluice-events.ts';
import { type BestEffort, bestEffortLater, bestEffortNow } from '../operation/best-effort.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { CommonDeps, Log } from '../ports.ts';

/** What becomes of an event; it may have to be looked up first. Never fails, and never takes longer than its deadline. */
export type Publish = (find: () => Promise<SluiceEvent | null>) => Promise<void>;

/** Where events go and what is logged when they cannot. */
export interface PublishOptions {
  readonly bus: EventBus;
  readonly log: Log;
  /** For one event, looking it up and loading the client included; 3 s without it. */
  readonly within?: Milliseconds;
}

const publishing = { dependency: 'EventBridge', attempted: 'telling of a change' };

/** Publishes by the bus, when `bestEffort` has the time. */
const publishBy =
  (bus: EventBus, bestEffort: BestEffort): Publish =>
  (find) =>
    bestEffort(async (signal) => {
      const event = await find();
      if (event !== null && !signal.aborted) await bus.publish(event, { signal });
    });

/** Publishes at once: what cannot be published in time is logged and left. */
export const publishNow = ({ bus, ...options }: PublishOptions): Publish =>
  publishBy(bus, bestEffortNow({ ...publishing, ...options }));

/** Keeps what is to be published until `publishKept`: for a task that has no time for it, such as a return of the traffic. */
export function publishLater({ bus, ...options }: PublishOptions): {
  publish: Publish;
  publishKept: () => Promise<void>;
} {
  const { bestEffort, doKept } = bestEffortLater({ ...publishing, ...options });
  return { publish: publishBy(bus, bestEffort), publishKept: doKept };
}

/**
 * A store that tells others of what was written into it: the one place that does. What the store says had been written before is told
 * again where its id is the same, since whoever wrote it may have died before it told.
 */
export function announcing<Deps extends CommonDeps>(deps: Deps, publish: Publish): Deps {
  const { operations, releases } = deps.store;
  const told: Pick<Store, 'operations' | 'releases'> = {
    operations: {
      ...operations,
      async register(record) {
        const registered = await operations.register(record);
        await publish(async () => startedEvent(record));
        return registered;
      },
      async enter(id, state, at, decided) {
        const entered = await operations.enter(id, state, at, decided);
        if (entered === 'entered') await publish(() => ofOperation(id, (record) => stateEvent(record, state, at)));
        return entered;
      },
      async update(id, changes) {
        const updated = await operations.update(id, changes);
        const { pausedBecause: reason } = changes;
        if (reason !== undefined && updated === 'updated') {
          const at = changes.pausedAt ?? timestamp(deps);
          await publish(() => ofOperation(id, (record) => pauseEvent(record, reason, at)));
        }
        return updated;
      },
      async end(id, ending, by) {
        const ended = await operations.end(id, ending, by);
        await publish(() => ofOperation(id, endedEvent));
        return ended;
      },
    },
    releases: {
      ...releases,
      async freeze(service, freeze) {
        const answer = await releases.freeze(service, freeze);
        await publish(async () => {
          const known = answer === 'frozen' ? freeze : await releases.frozen(service);
          return known && frozenEvent(service, known);
        });
        return answer;
      },
      async unfreeze(service) {
        const answer = await releases.unfreeze(service);
        const at = timestamp(deps);
        if (answer === 'unfrozen') await publish(async () => unfrozenEvent(service, at));
        return answer;
      },
      async hold(service, hold) {
        await releases.hold(service, hold);
        await publish(async () => heldEvent(service, hold));
      },
      async releaseHold(service, digest) {
        const answer = await releases.releaseHold(service, digest);
        const at = timestamp(deps);
        if (answer === 'released') await publish(async () => holdLiftedEvent(service, digest, at));
        return answer;
      },
    },
  };
  const ofOperation = async (id: string, event: (record: Parameters<typeof startedEvent>[0]) => SluiceEvent | null) => {
    const record = await operations.read(id);
    return record === null ? null : event(record);
  };
  return { ...deps, store: { ...deps.store, ...told } };
}
