import { timeWords } from './words.ts';

interface ToldObservation {
  readonly plan: readonly string[];
  readonly seen: readonly {
    readonly at: string;
    readonly weights: { readonly blue: number; readonly green: number };
    readonly share: number;
  }[];
  readonly decisions: readonly {
    readonly kind: 'pause' | 'return';
    readonly at: string;
    readonly share: number;
    readonly reason: string;
  }[];
}

/** What another pipeline did and what Sluice would have done, in the order in which it happened: a row each, the time or the part first. */
export function observationWords({ plan, seen, decisions }: ToldObservation): { name: string; value: string }[] {
  const told = [
    ...seen.map(({ at, weights, share }) => ({
      at,
      value: `the other pipeline: blue ${weights.blue}, green ${weights.green}; the release has ${share} % of the traffic`,
    })),
    ...decisions.map(({ at, kind, share, reason }) => ({
      at,
      value: `Sluice would have ${kind === 'return' ? 'taken the traffic back' : 'paused, and asked a person'}, at ${share} %: ${reason}`,
    })),
  ].toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return [
    ...plan.map((value, index) => ({ name: index === 0 ? 'before any traffic' : '', value })),
    ...told.map(({ at, value }) => ({ name: timeWords(at), value })),
  ];
}
