import type { KubeObject } from './kube-object.ts';

/** One change of one object, as the store announces it. */
export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The kind's `resourceKey`. */
  resource: string;
  version: number;
  /** The new state; for DELETED the last one, with the deletion's resourceVersion. */
  object: KubeObject;
  previous: KubeObject | undefined;
}

/** The last changes of one kind, so that a watch can resume. Older versions are gone (410). */
export class EventWindow {
  readonly #limit: number;
  #events: StoreEvent[] = [];
  /** Resuming is possible from this version on. */
  #oldest: number;

  constructor(oldest: number, limit: number) {
    this.#oldest = oldest;
    this.#limit = limit;
  }

  get oldest(): number {
    return this.#oldest;
  }

  add(event: StoreEvent): void {
    this.#events.push(event);
    if (this.#events.length < 2 * this.#limit) return;
    this.#oldest = this.#events[this.#limit - 1]?.version ?? this.#oldest;
    this.#events = this.#events.slice(this.#limit);
  }

  /** The changes after `version`, oldest first, or 'gone' when some of them are no longer known. */
  since(version: number): StoreEvent[] | 'gone' {
    if (version < this.#oldest) return 'gone';
    return this.#events.filter((event) => event.version > version);
  }
}
