import type { Clock } from '../clock.ts';
import type { ExecutionStatus, Ids } from '../interpreter/execution.ts';
import type { Execution } from './execution.ts';
import { type StatusChangeEvent, statusChange } from './status-change.ts';
import type { Store } from './store.ts';

export interface OutboxOptions {
  store: Store;
  clock: Clock;
  ids: Ids;
  region: string;
  accountId: string;
  /** Told of every change of status; when it rejects, it is told again. */
  onStatusChange(event: StatusChangeEvent): void | Promise<void>;
  onFault(fault: unknown): void;
}

const tellAgainAfterMs = 1000;

/** Tells the outside of changes of status: of an execution's end at least once, whatever happens in between. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #timers = new Set<() => void>();
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  tell(execution: Execution, status: ExecutionStatus): void {
    const { ids, region, accountId } = this.#options;
    const event = statusChange(execution, status, { region, accountId, id: ids.uuid() });
    void this.#attempt(execution, event);
  }

  async #attempt(execution: Execution, event: StatusChangeEvent): Promise<void> {
    const { store, onStatusChange, onFault } = this.#options;
    if (this.#closed) return;
    try {
      await onStatusChange(event);
    } catch (fault) {
      if (this.#closed) return;
      onFault(fault);
      this.#later(() => void this.#attempt(execution, event));
      return;
    }
    const { status } = event.detail;
    if (this.#closed || status === 'RUNNING') return;
    const told = () => {
      execution.told = status;
    };
    // not written down, it is told once more after a restart
    await store.append({ k: 'told', arn: execution.header.arn, status }, told).catch(onFault);
  }

  #later(fn: () => void): void {
    const { clock } = this.#options;
    const cancel = clock.setTimer(clock.now() + tellAgainAfterMs, () => {
      this.#timers.delete(cancel);
      fn();
    });
    this.#timers.add(cancel);
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
  }
}
