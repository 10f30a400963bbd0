import { summary } from './statistics.ts';

/** Something to be measured beside others. */
export interface Contestant {
  readonly name: string;
  readonly target?: string;
  /** Measures once: a number that is better when it is higher. */
  round(): Promise<number>;
  close?(): Promise<void>;
}

/**
 * Measures each in turn, round after round, so that a machine that gets slower or faster meanwhile does so for all of them.
 * The first rounds are not counted: what runs first would otherwise pay for compiling what all use.
 */
export async function interleave(
  contestants: readonly Contestant[],
  rounds: { warmUp: number; counted: number },
): Promise<Map<Contestant, number[]>> {
  const results = new Map(contestants.map((contestant): [Contestant, number[]] => [contestant, []]));
  for (let round = 0; round < rounds.warmUp + rounds.counted; round++) {
    for (const contestant of contestants) {
      const result = await contestant.round();
      if (round >= rounds.warmUp) results.get(contestant)?.push(result);
    }
  }
  for (const { close } of contestants) await close?.();
  return results;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');

/** A line of the report: the median, and the extremes. */
export function line(name: string, values: readonly number[], unit: string, target?: string): string {
  const { median, min, max, count } = summary(values);
  const range = count > 1 ? ` (${whole(min)} to ${whole(max)}, n=${count})` : '';
  return `${name.padEnd(62)} ${`${whole(median)}${unit}`.padStart(12)}${range}${target ? `, target ${target}` : ''}\n`;
}
