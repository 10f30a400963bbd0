import type { World } from '../world.ts';
import type { Change } from './operation-lines.ts';
import { clockTime } from './time.ts';
import { type Watching, watchTree } from './watch-tree.ts';

/** Tells of an operation in progress. */
export interface Progress {
  /** What is new, each with the time at which it happened where that is known, and how the operation is now. */
  report(changes: readonly Change[], now: Watching): void;
  /** Something is wrong with watching itself; told once until something is reported again. */
  trouble(text: string): void;
  end(): void;
}

/**
 * Plain lines in a pipe; on a terminal also a tree below them that is redrawn in place. With JSON nothing goes to stdout before the
 * result, so that it stays one document.
 */
export function createProgress(world: World, output: 'text' | 'json'): Progress {
  const live = output === 'text' ? world.terminal : null;
  let troubled: 'yes' | 'no' = 'no';
  let drawn = 0;
  const clear = () => {
    if (live !== null && drawn > 0) world.clearLines(drawn);
    drawn = 0;
  };
  const write = (text: string) => {
    if (output === 'text') world.out(text);
  };
  return {
    report(changes, now) {
      troubled = 'no';
      const told = changes
        .map(({ at, text }) => `${clockTime(at ?? world.now(), world.shownZone?.())} ${text}\n`)
        .join('');
      if (live === null) return write(told);
      clear();
      // A line that wraps, or a tree that is higher than the terminal, could not be cleared.
      const tree = watchTree(now, world.now())
        .map((line) => line.slice(0, live.columns - 1))
        .slice(0, Math.max(1, live.rows - 1));
      drawn = tree.length;
      write(`${told}${tree.join('\n')}`);
    },
    trouble(text) {
      if (troubled === 'no') {
        clear();
        world.err(`${text}\n`);
      }
      troubled = 'yes';
    },
    end() {
      clear();
    },
  };
}
