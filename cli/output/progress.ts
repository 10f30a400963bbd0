import type { ApiOperation } from '../../contracts/api/operation.ts';
import { parseInstant } from '../../contracts/instant.ts';
import { weightWords } from '../../contracts/words.ts';
import type { World } from '../world.ts';
import type { Change } from './operation-lines.ts';
import { clockTime, elapsed } from './time.ts';

/** Tells of an operation in progress. */
export interface Progress {
  /** What is new, each with the time at which it happened where that is known, and how the operation is now. */
  report(changes: readonly Change[], now: ApiOperation): void;
  /** Something is wrong with watching itself; told once until something is reported again. */
  trouble(text: string): void;
  end(): void;
}

/**
 * Plain lines in a pipe; on a terminal also a last line that is rewritten in place. With JSON nothing goes to stdout before the
 * result, so that it stays one document.
 */
export function createProgress(world: World, output: 'text' | 'json'): Progress {
  const live = output === 'text' ? world.terminal : null;
  let troubled: 'yes' | 'no' = 'no';
  const write = (text: string) => {
    if (output === 'text') world.out(text);
  };
  return {
    report(changes, now) {
      troubled = 'no';
      const told = changes.map(({ at, text }) => `${clockTime(at ?? world.now())} ${text}\n`).join('');
      if (live === null) return write(told);
      const bar = now.outcome === null ? statusLine(now, elapsed(parseInstant(now.startedAt), world.now())) : '';
      // One column is left free: a full line would wrap and could not be cleared.
      world.clearLine();
      return write(`${told}${bar.slice(0, live.columns - 1)}`);
    },
    trouble(text) {
      if (troubled === 'no') {
        if (live !== null) world.clearLine();
        world.err(`${text}\n`);
      }
      troubled = 'yes';
    },
    end() {
      if (live !== null) world.clearLine();
    },
  };
}

/** `… shifting-traffic  [#####---------------] green 25 %  1m12s`. */
function statusLine({ state, weights, target, release }: ApiOperation, since: string): string {
  const share = weights !== null && target !== null ? `${bar(weights[target])} ${weightWords(weights)}` : '';
  return ['…', release?.version, state, share, since].filter(Boolean).join('  ');
}

const bar = (percent: number): string => `[${'#'.repeat(Math.round(percent / 5)).padEnd(20, '-')}]`;
