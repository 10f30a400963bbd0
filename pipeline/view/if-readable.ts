import { UnreadableRecord } from '../../contracts/errors.ts';
import type { ViewDeps } from '../ports.ts';

/** What a record says, or null and a line of the log: one that cannot be read hides nothing else of a view. */
export async function ifReadable<T>(deps: Pick<ViewDeps, 'log'>, reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    const { name, message, key, problems } = error;
    deps.log({ level: 'error', message, error: name, key, problems });
    return null;
  }
}
