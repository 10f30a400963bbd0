import FakeTimers from '@sinonjs/fake-timers';
import { isPoolBusy } from './files.ts';
import { replace } from './replace.ts';

const turn = setImmediate;

/** Time that stands still while anything can run, and then jumps to the next timer. */
export interface VirtualTime {
  /** Epoch milliseconds. */
  now(): number;
  /** Lets `work` come to its end. @throws Error when it has not after `limitMs` of virtual time. */
  run<T>(work: Promise<T>, limitMs: number): Promise<T>;
  /** Lets `ms` pass. */
  pass(ms: number): Promise<void>;
  /** Nothing is due any more, and it is as late as at the start. */
  reset(): void;
  /** The clock is set, as by an administrator or by NTP: what is due stays due after the same time. */
  set(epochMs: number): void;
  /** Lets time go on by itself whenever nothing is at work, until it is told to stop. */
  flow(): Flow;
  /** This process has the machine's time again. */
  giveBack(): void;
}

export interface Flow {
  /** Resolves once time stands still. */
  stop(): Promise<void>;
}

/** What does not keep time from going on: everything else that Node has at work is about to run. */
const waits = new Set([
  'Timeout',
  'TTYWrap',
  'PipeWrap',
  'SignalWrap',
  'FSEventWrap',
  'TCPServerWrap',
  'TCPSocketWrap',
]);
const isBusy = () => isPoolBusy() || process.getActiveResourcesInfo().some((kind) => !waits.has(kind));

/**
 * Takes timers, `Date` and `performance` of this process. To be called before anything is imported that might take a copy. Node's own
 * timers (of its HTTP server, for example) stay with the machine's clock, and play no part in a run that takes seconds.
 */
export function takeTime(startMs: number): VirtualTime {
  const clock = FakeTimers.install({
    now: startMs,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance', 'hrtime'],
    shouldClearNativeTimers: true,
  });
  const timeout = (ms: number) => {
    const controller = new AbortController();
    const late = () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    setTimeout(late, ms);
    return controller.signal;
  };
  const giveBackSignals = replace(AbortSignal, { timeout });

  /** Until nothing is at work: twice in a row, since what a promise begins is seen a turn later. */
  const settle = async () => {
    for (let quiet = 0; quiet < 2; quiet = isBusy() ? 0 : quiet + 1) {
      await new Promise<void>((resolve) => turn(resolve));
    }
  };
  const run = async <T>(work: Promise<T>, limitMs: number): Promise<T> => {
    let ended = false;
    const watched = work.finally(() => {
      ended = true;
    });
    watched.catch(() => undefined);
    const end = clock.now + limitMs;
    while (true) {
      await settle();
      if (ended) return watched;
      if (clock.now > end) throw new Error(`It has not ended after ${limitMs} ms of virtual time.`);
      clock.next();
    }
  };
  return {
    now: () => clock.now,
    run,
    pass: (ms) => run(new Promise((resolve) => setTimeout(resolve, ms)), ms),
    reset() {
      clock.reset();
      clock.setSystemTime(startMs);
    },
    set: (epochMs) => clock.setSystemTime(epochMs),
    flow() {
      let flows = true;
      const goOn = async () => {
        while (flows) {
          await settle();
          if (flows) clock.next();
        }
      };
      const ended = goOn();
      return {
        stop() {
          flows = false;
          return ended;
        },
      };
    },
    giveBack() {
      giveBackSignals();
      clock.uninstall();
    },
  };
}
