import type { ApiReadings } from '../../contracts/api/readings.ts';
import { NotFound } from '../../contracts/errors.ts';
import { formatInstant } from '../../contracts/instant.ts';
import type { ViewDeps } from '../ports.ts';

/** What both sides measured while an operation was judged. @throws {NotFound} when there is no such operation. */
export async function readReadings({ store }: Pick<ViewDeps, 'store'>, id: string): Promise<ApiReadings> {
  const kept = await store.readings.read(id);
  if (kept === null && (await store.operations.read(id)) === null) throw new NotFound(`There is no operation ${id}.`);
  return {
    operation: id,
    objectives: (kept?.objectives ?? []).map(({ name, min, max, unit, dryRun }) => ({
      name,
      min: min ?? null,
      max: max ?? null,
      unit: unit ?? null,
      dryRun: dryRun ?? false,
    })),
    points: (kept?.points ?? []).map(({ at, blue, green }) => ({ at: formatInstant(at), blue, green })),
  };
}
