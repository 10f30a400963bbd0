import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type Milliseconds, milliseconds } from '../../contracts/duration.ts';
import { durationWords } from '../../contracts/words.ts';

/** One step of a shift in time. */
export interface PlannedStep {
  /** Percent of the traffic on the target. */
  readonly weight: number;
  /** Since the first step, at the earliest: capacity, drift and what is not clear yet take longer. */
  readonly begins: Milliseconds;
  readonly lasts: Milliseconds;
}

/** When each step would begin, and how long it takes at least until the bake is over. */
export function timetable({
  traffic,
  bake,
}: {
  readonly traffic: { readonly steps: readonly number[]; readonly interval: Milliseconds };
  readonly bake: Milliseconds;
}): {
  readonly steps: readonly PlannedStep[];
  readonly least: Milliseconds;
} {
  const { steps, interval } = traffic;
  return {
    steps: steps.map((weight, index) => ({ weight, begins: milliseconds(index * interval), lasts: interval })),
    least: milliseconds(steps.length * interval + bake),
  };
}

/** How the traffic goes back from a certain moment on. */
export interface WayBack {
  readonly when: string;
  readonly takes: 'seconds' | 'minutes' | 'person';
  readonly text: string;
}

/** How the traffic would go back, in order of time (I8; DESIGN §5, rollback): at once while the origin is warm, in minutes afterwards. */
export function waysBack(
  { standby, alerts, deadlines }: Pick<ServiceConfiguration, 'standby' | 'alerts' | 'deadlines'>,
  { reversible }: { readonly reversible: boolean },
): readonly WayBack[] {
  const warm = durationWords(standby.keepWarm);
  const later: WayBack = {
    when: `later than ${warm} after the end`,
    takes: 'minutes',
    text: `The former environment has only ${standby.then} pod${standby.then === 1 ? '' : 's'} by then. It is scaled up first, which may take up to ${durationWords(deadlines.capacity)}.`,
  };
  if (!reversible) {
    const text = `It is marked \`reversible: false\`: a failure pauses it and pages, and a person decides within ${durationWords(deadlines.pause)}.`;
    return [{ when: 'from the first step to the end of the bake', takes: 'person', text }, later];
  }
  return [
    {
      when: 'from the first step to the end of the bake',
      takes: 'seconds',
      text: 'Automatically, with one write of the route: the environment that serves now keeps its pods.',
    },
    {
      when: `for ${warm} after the end`,
      takes: 'seconds',
      text: `By \`sluice rollback --version last-known-good --reason … --emergency\`, or for ${durationWords(alerts.rollbackWithin)} by an alert. The former environment keeps its pods.`,
    },
    later,
  ];
}
