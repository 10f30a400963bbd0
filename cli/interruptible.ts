import { CliError, exitCodes } from './exit.ts';
import type { World } from './world.ts';

/**
 * Carries out what waits for something. Ctrl-C ends it at its next pause, so that what it has to put right is put right, and not without a word.
 *
 * @param left what a person who ends it has to know: what was done or not, and what goes on without them.
 * @throws {CliError} `interrupted`.
 */
export async function interruptible<T>(
  world: World,
  left: { readonly message: string; readonly advice: string },
  work: (world: World) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  const stopListening = world.onInterrupt(() => stopping.abort());
  const endIfAsked = () => {
    if (!stopping.signal.aborted) return;
    throw new CliError('Interrupted', exitCodes.interrupted, left.message, left.advice);
  };
  try {
    const result = await work({
      ...world,
      pause: async (duration, signal) => {
        await world.pause(duration, AbortSignal.any([signal, stopping.signal]));
        endIfAsked();
      },
    });
    endIfAsked();
    return result;
  } finally {
    stopListening();
  }
}
