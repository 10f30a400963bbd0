import { type DependencyName, dependencyNames, faultNames } from '../sandbox/dependencies/faults.ts';
import type { Chance } from './machine/chance.ts';

/** How a release behaves once it runs. */
export const behaviours = ['good', 'failing', 'slow', 'unhealthy', 'crashing'] as const;
export type Behaviour = (typeof behaviours)[number];

/** What those who are asked do about a release: all that is needed, one click too few, or a refusal. */
export const approvals = ['granted', 'partial', 'rejected'] as const;
export type Approval = (typeof approvals)[number];

/** The functions that a state machine calls, and so may die in the middle of it. */
const functions = ['release', 'operation', 'observe', 'act', 'return-traffic', 'notify'] as const;

/** Something that happens in a night. */
export type Act =
  | { do: 'deploy'; version: string; behaviour: Behaviour; approval: Approval; hotfix: boolean }
  | { do: 'deliver-again' }
  | { do: 'alert'; about: 'blue' | 'green' | null; status: 'firing' | 'resolved' }
  | { do: 'abort' | 'unlock' | 'resume' | 'pause' | 'promote' | 'freeze' | 'unfreeze' | 'release-holds' }
  | { do: 'roll-back'; emergency: boolean }
  | { do: 'switch'; to: 'blue' | 'green'; percentage: number }
  | { do: 'spoil'; behaviour: Behaviour; side: 'active' | 'standby' }
  | {
      do: 'break';
      dependency: DependencyName;
      fault: (typeof faultNames)[number];
      skip: number;
      times: number | null;
      delayMs: number;
      forMs: number;
    }
  | { do: 'kill'; function: (typeof functions)[number]; call: number; sent: boolean }
  | { do: 'set-clock'; byMs: number };

/** A night: what happens when, in milliseconds from its beginning. Everything else follows from its seed. */
export interface Schedule {
  readonly seed: number;
  readonly acts: readonly { readonly at: number; readonly act: Act }[];
}

/** How long acts go on; what is broken is mended then. */
export const nightMs = 120_000;

/** What could happen in the night of this seed. */
export function createSchedule(seed: number, chance: Chance): Schedule {
  const acts: { at: number; act: Act }[] = [];
  const deployments = chance.int(1, 3);
  for (let number = 1; number <= deployments; number++) {
    const behaviour = chance.once(0.5) ? 'good' : chance.pick(behaviours);
    const approval = chance.once(0.85) ? 'granted' : chance.pick(approvals);
    acts.push({
      at: number === 1 ? chance.int(0, 5_000) : chance.int(0, nightMs),
      act: { do: 'deploy', version: `v3.${number}.0`, behaviour, approval, hotfix: chance.once(0.1) },
    });
  }
  const others = chance.int(0, 6);
  const begins = acts.map(({ at }) => at);
  for (let number = 0; number < others; number++) {
    // Most while a deployment is at work, which takes half a minute.
    const begin = chance.once(0.8) ? (begins[chance.int(0, begins.length - 1)] ?? 0) : chance.int(0, nightMs);
    acts.push({ at: Math.min(nightMs, begin + chance.int(0, 40_000)), act: createAct(chance) });
  }
  acts.sort((a, b) => a.at - b.at);
  return { seed, acts };
}

function createAct(chance: Chance): Act {
  const side = () => chance.pick(['blue', 'green'] as const);
  const kind = chance.int(1, 20);
  if (kind <= 7) {
    const fault = chance.pick(faultNames);
    return {
      do: 'break',
      dependency: chance.pick(dependencyNames),
      fault,
      skip: chance.once(0.5) ? 0 : chance.int(1, 12),
      times: chance.once(0.4) ? chance.int(1, 3) : null,
      delayMs: chance.int(200, 20_000),
      forMs: chance.int(1_000, 60_000),
    };
  }
  if (kind <= 11) {
    return { do: 'kill', function: chance.pick(functions), call: chance.int(1, 12), sent: chance.once(0.5) };
  }
  switch (chance.int(1, 10)) {
    case 1:
    case 2:
      return {
        do: 'alert',
        about: chance.pick(['blue', 'green', null]),
        status: chance.once(0.85) ? 'firing' : 'resolved',
      };
    case 3:
      return { do: 'roll-back', emergency: chance.once(0.6) };
    case 4:
      return { do: 'switch', to: side(), percentage: chance.pick([10, 50, 100]) };
    case 5:
      return { do: 'abort' };
    case 6:
      return { do: chance.pick(['unlock', 'resume', 'pause', 'promote']) };
    case 7:
      return { do: chance.pick(['freeze', 'unfreeze', 'release-holds']) };
    case 8:
      return { do: 'spoil', behaviour: chance.pick(behaviours), side: chance.pick(['active', 'standby']) };
    case 9:
      return { do: 'deliver-again' };
    default:
      return { do: 'set-clock', byMs: chance.pick([-60_000, -2_000, 2_000, 60_000, 600_000]) };
  }
}

/** An act as a person reads it. */
export function tellAct({ do: what, ...details }: Act): string {
  return [what, ...Object.entries(details).map(([name, value]) => `${name} ${value}`)].join(', ');
}

/** A schedule as a person reads it. */
export const tellSchedule = ({ seed, acts }: Schedule): string =>
  [`Night ${seed}:`, ...acts.map(({ at, act }) => `${(at / 1000).toFixed(1).padStart(7)} s  ${tellAct(act)}`)].join(
    '\n',
  );
