import type { Schedule } from './schedule.ts';

/**
 * The shortest schedule that is still `bad`: acts are left out, halves first and single ones last, as long as that is so.
 *
 * @param bad whether a night of this schedule violates what it is about.
 */
export async function shrink(schedule: Schedule, bad: (shorter: Schedule) => Promise<boolean>): Promise<Schedule> {
  let { acts } = schedule;
  for (let size = Math.ceil(acts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < acts.length; ) {
      const shorter = [...acts.slice(0, from), ...acts.slice(from + size)];
      if (await bad({ ...schedule, acts: shorter })) acts = shorter;
      else from += size;
    }
  }
  return { ...schedule, acts };
}
