import { amount, amountsBeside, type ReadingUnit } from '../../contracts/words.ts';

/** How a comparison went. */
export interface Verdict {
  readonly result: 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
  /** It refuses nothing and is not waited for. */
  readonly advisory?: true;
}

/** What a number of a release may be, as multiples of the live release's, and what it measures. */
export interface Margin {
  readonly atMost?: number | undefined;
  readonly atLeast?: number | undefined;
  readonly unit?: ReadingUnit | undefined;
}

/** What no waiting would change, and no release is to blame for: it is shown, and stops nothing (docs/adr/0082). */
export const incomparable = (reason: string): Verdict => ({ result: 'inconclusive', reason, advisory: true });

/** Whether a number of a release keeps its margin beside the same number of the live one. Nothing can be a multiple of zero or of less. */
export function besideLive(
  value: number,
  live: { readonly value: number; readonly version: string },
  { atMost, atLeast, unit }: Margin,
): Verdict {
  const words = `${amount(live.value, unit)} with ${live.version}`;
  if (live.value <= 0) return incomparable(`${words}, of which nothing can be a multiple`);
  const most = atMost === undefined ? undefined : live.value * atMost;
  const least = atLeast === undefined ? undefined : live.value * atLeast;
  if (most !== undefined && value > most) {
    const [own, limit] = amountsBeside([value, most], unit);
    return { result: 'fail', reason: `${own}, ${words}: at most ${atMost} times that, ${limit}, is allowed` };
  }
  if (least !== undefined && value < least) {
    const [own, limit] = amountsBeside([value, least], unit);
    return { result: 'fail', reason: `${own}, ${words}: at least ${atLeast} times that, ${limit}, is needed` };
  }
  return { result: 'pass', reason: `${withLimits(value, { least, most, unit })}; ${words}` };
}

/** `212 ms, at most 500 ms` */
export function withLimits(
  value: number,
  { least, most, unit }: { least: number | undefined; most: number | undefined; unit?: Margin['unit'] },
): string {
  const limits = [
    ...(least === undefined ? [] : [{ words: ', at least ', limit: least }]),
    ...(most === undefined ? [] : [{ words: ', at most ', limit: most }]),
  ];
  const [own, ...others] = amountsBeside([value, ...limits.map(({ limit }) => limit)], unit);
  return `${own}${limits.map(({ words }, index) => `${words}${others[index]}`).join('')}`;
}
