import type { Clock } from '../clock.ts';
import type { EngineRecord } from './records.ts';
import type { Store } from './store.ts';

export interface StepWriterOptions {
  store: Store;
  clock: Clock;
  onFault(fault: unknown): void;
}

const writeAgainAfterMs = 1000;

/** Writes until it succeeds, or is closed: a step that is not on disk must have no effect. */
export class StepWriter {
  readonly #options: StepWriterOptions;
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(options: StepWriterOptions) {
    this.#options = options;
  }

  async write(record: EngineRecord, commit: () => void): Promise<void> {
    const { store, onFault } = this.#options;
    while (!this.#closed) {
      try {
        return await store.append(record, commit);
      } catch (fault) {
        onFault(fault);
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const cancel = clock.setTimer(clock.now() + writeAgainAfterMs, () => end());
      const end = () => {
        cancel();
        this.#waiting.delete(end);
        resolve();
      };
      this.#waiting.add(end);
    });
  }

  /** Gives up what has not been written. */
  close(): void {
    this.#closed = true;
    for (const end of this.#waiting) end();
  }
}
