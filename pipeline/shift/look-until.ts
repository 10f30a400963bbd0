import type { Milliseconds } from '../../contracts/duration.ts';
import type { ObserveDeps } from '../ports.ts';

/**
 * Looks again and again, `every` so often, until `look` answers something or the call's patience is used up. Every answer
 * is computed anew from outside, so that a look repeated by another process is harmless. A clock that is set back meanwhile prolongs nothing.
 */
export async function lookUntil<T>(
  deps: Pick<ObserveDeps, 'now' | 'pause' | 'patience'>,
  every: Milliseconds,
  look: () => Promise<T | null>,
): Promise<T | null> {
  const end = deps.now() + deps.patience;
  let paused = 0;
  while (true) {
    const answer = await look();
    if (answer !== null) return answer;
    if (deps.now() + every > end || paused + every > deps.patience) return null;
    await deps.pause(every);
    paused += every;
  }
}
