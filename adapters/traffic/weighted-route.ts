import type { EnvironmentName, Weights } from '../../contracts/names.ts';

/** How one kind of route object writes "so much to here and so much to there". */
export interface RouteDialect {
  /** The list in `spec` whose entries split traffic. */
  readonly entries: string;
  /** The list of weighted targets in an entry. */
  readonly targets: string;
  /** What a target leads to, in a form that can be compared and shown. */
  idOf(target: RouteTarget): string;
  /** Which weight a missing one means beside others. */
  readonly missingWeight: number;
}

export type RouteTarget = Readonly<Record<string, unknown>>;
export type RouteEntry = Readonly<Record<string, unknown>>;
export type RouteSpec = Readonly<Record<string, unknown>>;

/** What the targets of the environments are called, in the dialect's form. */
export type EnvironmentTargets = Readonly<Record<EnvironmentName, string>>;

export type RouteReading =
  | { kind: 'ours'; weights: Weights }
  /** The two weights can be read and written, and there is more traffic than theirs: a return may go ahead, a shift not. */
  | { kind: 'odd'; weights: Weights; problem: string }
  | { kind: 'not-ours'; problem: string };

/**
 * Reads the two weights as they are: whether they are integers that sum to 100 (I1) is for core/traffic/ to judge, which
 * knows what a return may repair. Says what else leads to the environments, and when there are no two weights at all.
 */
export function readWeights(spec: RouteSpec, dialect: RouteDialect, ours: EnvironmentTargets): RouteReading {
  const concerned = listOf(spec, dialect.entries).filter((entry) => times(entry, dialect, ours).some((n) => n > 0));
  // The first entry that matches is taken; the one without a condition, for everybody else, stands last.
  const weighted = concerned.findLast((entry) => isWeighted(entry, dialect, ours));
  if (weighted === undefined) {
    const found = concerned.map((entry) => idsOf(entry, dialect).join(' and ')).join('; ') || 'to neither of them';
    const problem = `no entry of ${dialect.entries} leads to ${ours.blue} and ${ours.green} once each, but ${found}`;
    return { kind: 'not-ours', problem };
  }
  const weights = {
    blue: weightOf(weighted, dialect, ours.blue),
    green: weightOf(weighted, dialect, ours.green),
  };
  const problem = oddityOf(concerned, weighted, dialect, ours);
  return problem === null ? { kind: 'ours', weights } : { kind: 'odd', weights, problem };
}

/** The whole list of entries with only the two weights changed: a merge patch replaces lists, so all of it has to be sent. */
export function withWeights(
  spec: RouteSpec,
  dialect: RouteDialect,
  ours: EnvironmentTargets,
  weights: Weights,
): Readonly<Record<string, RouteEntry[]>> {
  const weigh = (target: RouteTarget): RouteTarget => {
    const id = dialect.idOf(target);
    if (id === ours.blue) return { ...target, weight: weights.blue };
    return id === ours.green ? { ...target, weight: weights.green } : target;
  };
  const entries = listOf(spec, dialect.entries).map((entry) =>
    isWeighted(entry, dialect, ours)
      ? { ...entry, [dialect.targets]: listOf(entry, dialect.targets).map(weigh) }
      : entry,
  );
  return { [dialect.entries]: entries };
}

function oddityOf(
  concerned: readonly RouteEntry[],
  weighted: RouteEntry,
  dialect: RouteDialect,
  ours: EnvironmentTargets,
): string | null {
  if (concerned.length > 1) {
    return `${concerned.length} entries of ${dialect.entries} lead to the environments; traffic beside the weighted one is unfenced`;
  }
  const stranger = idsOf(weighted, dialect).find((id) => id !== ours.blue && id !== ours.green);
  return stranger === undefined ? null : `the weighted entry of ${dialect.entries} also leads to ${stranger}`;
}

/** A list in an object that came from outside; what is no list of objects is none. */
function listOf(holder: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>>[] {
  const list = holder[key];
  return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : [];
}

const idsOf = (entry: RouteEntry, dialect: RouteDialect): string[] => listOf(entry, dialect.targets).map(dialect.idOf);

/** How often an entry leads to blue and to green. */
function times(entry: RouteEntry, dialect: RouteDialect, ours: EnvironmentTargets): readonly [number, number] {
  const ids = idsOf(entry, dialect);
  return [ids.filter((id) => id === ours.blue).length, ids.filter((id) => id === ours.green).length];
}

/** Whether an entry splits between the two environments. */
const isWeighted = (entry: RouteEntry, dialect: RouteDialect, ours: EnvironmentTargets) =>
  times(entry, dialect, ours).every((n) => n === 1);

function weightOf(entry: RouteEntry, dialect: RouteDialect, id: string): number {
  const weight = listOf(entry, dialect.targets).find((target) => dialect.idOf(target) === id)?.weight;
  return typeof weight === 'number' ? weight : dialect.missingWeight;
}
