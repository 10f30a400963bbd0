import { type EnvironmentName, environmentNames, type Weights } from '../../contracts/names.ts';

/** How one kind of route object writes "so much to here and so much to there". */
export interface RouteDialect {
  /** The list in `spec` whose entries split traffic. */
  readonly entries: string;
  /** The list of weighted targets in an entry. */
  readonly targets: string;
  /** Lists of entries beside `entries` that send traffic past every weight in it, such as TCP. */
  readonly besides: readonly string[];
  /** What a target leads to, in a form that can be compared and shown. */
  idOf(target: RouteTarget): string;
  /** Whether an id is another spelling of one of ours. A return understands more spellings than a shift accepts (`doubtsOf`). */
  isSame(id: string, ours: string): boolean;
  /** Why the targets of an entry that name ours may lead somewhere else, or to some of their pods only. */
  doubtsOf(targets: readonly RouteTarget[]): string[];
  /** The same target, leading to one of ours. */
  redirected(target: RouteTarget, ours: string): RouteTarget;
  /** Where an entry sends copies of its requests. What copies none, at 0 %, is left out. */
  mirrorsOf(entry: RouteEntry): readonly RouteTarget[];
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
 * knows what a return may repair. Says what else leads to the environments, and when nothing in it does.
 */
export function readWeights(spec: RouteSpec, dialect: RouteDialect, ours: EnvironmentTargets): RouteReading {
  const entries = listOf(spec, dialect.entries);
  const weighted = weightedEntryOf(entries, dialect, ours);
  if (weighted === undefined) {
    const problem = `no entry of ${dialect.entries} leads to ${ours.blue} and ${ours.green} once each, but to neither of them`;
    return { kind: 'not-ours', problem };
  }
  const weights = {
    blue: weightOf(weighted, dialect, ours.blue),
    green: weightOf(weighted, dialect, ours.green),
  };
  const problems = [
    ...oddShape(entries, weighted, dialect, ours),
    ...besides(spec, dialect, ours),
    ...mirrors(spec, dialect, ours),
  ];
  return problems.length === 0 ? { kind: 'ours', weights } : { kind: 'odd', weights, problem: problems.join('; ') };
}

/**
 * The whole list of entries with only the weights changed: a merge patch replaces lists, so all of it has to be sent. Where no entry
 * has both environments once, the one that everybody else's requests take gets them: the way back must be able to write any route that
 * leads to one of them at all.
 */
export function withWeights(
  spec: RouteSpec,
  dialect: RouteDialect,
  ours: EnvironmentTargets,
  weights: Weights,
): Readonly<Record<string, RouteEntry[]>> {
  const entries = listOf(spec, dialect.entries);
  const last = weightedEntryOf(entries, dialect, ours);
  return {
    [dialect.entries]: entries.map((entry) =>
      entry === last || isWeighted(entry, dialect, ours)
        ? { ...entry, [dialect.targets]: weighed(listOf(entry, dialect.targets), dialect, ours, weights) }
        : entry,
    ),
  };
}

/** The environments that an entry sends requests to. */
export const leadsTo = (entry: RouteEntry, dialect: RouteDialect, ours: EnvironmentTargets): EnvironmentName[] =>
  environmentNames.filter((one) => targetsOf(entry, dialect, ours[one]).length > 0);

/** The parts of a route that mirror requests to an environment. A mirrored request is production traffic, too (I3). */
export function mirrors(spec: RouteSpec, dialect: RouteDialect, ours: EnvironmentTargets): string[] {
  return listOf(spec, dialect.entries).flatMap((entry, index) => {
    const ids = dialect.mirrorsOf(entry).map(dialect.idOf);
    return environmentNames
      .filter((one) => ids.some((id) => dialect.isSame(id, ours[one])))
      .map((one) => `${dialect.entries}[${index}] mirrors requests to ${one} (${ours[one]}), whatever the weights say`);
  });
}

/** Whether something that came from outside is an object or a list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** A list in an object that came from outside; what is no list of objects is none. */
export function listOf(holder: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>>[] {
  const list = holder[key];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The entry that most requests take: the first one that matches is taken, so the one without a condition stands last. */
function weightedEntryOf(
  entries: readonly RouteEntry[],
  dialect: RouteDialect,
  ours: EnvironmentTargets,
): RouteEntry | undefined {
  return (
    entries.findLast((entry) => isWeighted(entry, dialect, ours)) ??
    entries.findLast((entry) => leadsTo(entry, dialect, ours).length === environmentNames.length) ??
    entries.findLast((entry) => leadsTo(entry, dialect, ours).length > 0)
  );
}

function oddShape(
  entries: readonly RouteEntry[],
  weighted: RouteEntry,
  dialect: RouteDialect,
  ours: EnvironmentTargets,
): string[] {
  const concerned = entries.filter((entry) => leadsTo(entry, dialect, ours).length > 0);
  const isOneOfOurs = (id: string) => environmentNames.some((one) => dialect.isSame(id, ours[one]));
  const found = concerned.map((entry) => idsOf(entry, dialect).join(' and ')).join('; ');
  const stranger = idsOf(weighted, dialect).find((id) => !isOneOfOurs(id));
  const own = listOf(weighted, dialect.targets).filter((target) => isOneOfOurs(dialect.idOf(target)));
  return [
    ...(isWeighted(weighted, dialect, ours)
      ? []
      : [`no entry of ${dialect.entries} leads to ${ours.blue} and ${ours.green} once each, but ${found}`]),
    ...(concerned.length > 1
      ? [
          `${concerned.length} entries of ${dialect.entries} lead to the environments; traffic past the weighted one is not fenced`,
        ]
      : []),
    ...(stranger === undefined ? [] : [`the weighted entry of ${dialect.entries} also leads to ${stranger}`]),
    ...dialect.doubtsOf(own),
  ];
}

/** Entries of other lists that lead to the environments. */
const besides = (spec: RouteSpec, dialect: RouteDialect, ours: EnvironmentTargets): string[] =>
  dialect.besides.flatMap((list) =>
    listOf(spec, list).flatMap((entry, index) =>
      leadsTo(entry, dialect, ours).map(
        (one) => `${list}[${index}] leads to ${one} (${ours[one]}), whatever the weights say`,
      ),
    ),
  );

const idsOf = (entry: RouteEntry, dialect: RouteDialect): string[] => listOf(entry, dialect.targets).map(dialect.idOf);

const targetsOf = (entry: RouteEntry, dialect: RouteDialect, id: string): RouteTarget[] =>
  listOf(entry, dialect.targets).filter((target) => dialect.isSame(dialect.idOf(target), id));

/** Whether an entry splits between the two environments. */
const isWeighted = (entry: RouteEntry, dialect: RouteDialect, ours: EnvironmentTargets) =>
  environmentNames.every((one) => targetsOf(entry, dialect, ours[one]).length === 1);

function weightOf(entry: RouteEntry, dialect: RouteDialect, id: string): number {
  const targets = targetsOf(entry, dialect, id);
  // A target that is alone gets everything, whatever its weight says.
  if (targets.length === listOf(entry, dialect.targets).length && targets.length > 0) return 100;
  return targets.reduce((sum, target) => sum + shareOf(target, dialect), 0);
}

const shareOf = ({ weight }: RouteTarget, { missingWeight }: RouteDialect): number =>
  typeof weight === 'number' ? weight : missingWeight;

/**
 * The targets of an entry with the weights of the environments; one that is missing is added where it is to get something. Whatever else stands
 * there gets nothing: the two weights are all of the traffic (I1), and a return leaves none of it with a stranger.
 */
function weighed(
  targets: readonly RouteTarget[],
  dialect: RouteDialect,
  ours: EnvironmentTargets,
  weights: Weights,
): RouteTarget[] {
  const heaviest = (one: EnvironmentName): RouteTarget | undefined =>
    targets
      .filter((target) => dialect.isSame(dialect.idOf(target), ours[one]))
      .toSorted((a, b) => shareOf(b, dialect) - shareOf(a, dialect))[0];
  const kept = targets.map((target) => {
    const environment = environmentNames.find((one) => dialect.isSame(dialect.idOf(target), ours[one]));
    if (environment === undefined) return { ...target, weight: 0 };
    return { ...target, weight: target === heaviest(environment) ? weights[environment] : 0 };
  });
  const pattern = targets.find((target) =>
    environmentNames.some((one) => dialect.isSame(dialect.idOf(target), ours[one])),
  );
  const added = environmentNames.flatMap((one) =>
    pattern === undefined || heaviest(one) !== undefined || weights[one] === 0
      ? []
      : [{ ...dialect.redirected(pattern, ours[one]), weight: weights[one] }],
  );
  return [...kept, ...added];
}
