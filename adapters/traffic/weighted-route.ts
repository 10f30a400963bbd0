import { type EnvironmentName, environmentNames, type Weights } from '../../contracts/names.ts';
import { weightWords } from '../../contracts/words.ts';
import { areWeights, sameWeights } from '../../core/traffic/weights.ts';

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
  /** Whether people can give an entry a `name`. */
  readonly hasNames: boolean;
  /** Which weight a missing one means beside others. */
  readonly missingWeight: number;
}

export type RouteTarget = Readonly<Record<string, unknown>>;
export type RouteEntry = Readonly<Record<string, unknown>>;
export type RouteSpec = Readonly<Record<string, unknown>>;

/** What the targets of the environments are called, in the dialect's form. */
export type EnvironmentTargets = Readonly<Record<EnvironmentName, string>>;

/** The entries that move together, by their `name` (`traffic.rules`); null: none are named, and one entry alone has the weights. */
export type RuleNames = readonly string[] | null;

export type RouteReading =
  | { kind: 'ours'; weights: Weights }
  /** The two weights can be read and written, and there is more traffic than theirs: a return may go ahead, a shift not. */
  | { kind: 'odd'; weights: Weights; problem: string }
  | { kind: 'not-ours'; problem: string };

/**
 * Reads the two weights as they are: whether they are integers that sum to 100 (I1) is for core/traffic/ to judge, which
 * knows what a return may repair. Says what else leads to the environments, and when nothing in it does.
 *
 * Of several `rules` that differ the weights are in between (`weightsTogether`).
 */
export function readWeights(
  spec: RouteSpec,
  dialect: RouteDialect,
  ours: EnvironmentTargets,
  rules: RuleNames = null,
): RouteReading {
  const entries = listOf(spec, dialect.entries);
  const weighted = weightedEntryOf(entries, dialect, ours);
  if (weighted === undefined) {
    const problem = `no entry of ${dialect.entries} leads to ${ours.blue} and ${ours.green} once each, but to neither of them`;
    return { kind: 'not-ours', problem };
  }
  const read = rules === null ? [weighted] : writtenEntries(entries, dialect, ours, rules);
  const weights = weightsTogether(read.map(pairIn(dialect, ours)));
  const problems = [
    ...(rules === null ? oddShape(entries, weighted, dialect, ours) : oddRules(entries, rules, dialect, ours)),
    ...besides(spec, dialect, ours),
    ...mirrors(spec, dialect, ours),
  ];
  return problems.length === 0 ? { kind: 'ours', weights } : { kind: 'odd', weights, problem: problems.join('; ') };
}

/**
 * One pair of weights for entries that should have the same. Where they differ it is their mean, but a side has none or all of the traffic only when
 * it has none or all of each: nobody takes a return for done, or a side for one without traffic, while one entry says otherwise.
 */
export function weightsTogether(pairs: readonly Weights[]): Weights {
  const between = (one: EnvironmentName): number => {
    const [first = 0, ...others] = pairs.map((weights) => weights[one]);
    if (others.every((other) => other === first)) return first;
    const mean = others.reduce((sum, other) => sum + other, first) / pairs.length;
    return Math.min(99, Math.max(1, Math.round(mean)));
  };
  const blue = between('blue');
  return { blue, green: pairs.every(areWeights) ? 100 - blue : between('green') };
}

/**
 * The whole list of entries with only the weights changed: a merge patch replaces lists, so all of it has to be sent. An entry that has no
 * weights of ours stays as it is.
 */
export function withWeights(
  spec: RouteSpec,
  dialect: RouteDialect,
  ours: EnvironmentTargets,
  weights: Weights,
  rules: RuleNames = null,
): Readonly<Record<string, RouteEntry[]>> {
  const entries = listOf(spec, dialect.entries);
  const candidates = writtenEntries(entries, dialect, ours, rules);
  const pairs = candidates.map(pairIn(dialect, ours));
  const differ = rules !== null && !pairs.every((pair) => sameWeights(pair, pairs[0] ?? pair));
  // A claim writes the weights that it has read and must move nothing: those of rules that differ are the weights of none of them.
  const written = differ && sameWeights(weights, weightsTogether(pairs)) ? [] : candidates;
  return {
    [dialect.entries]: entries.map((entry) =>
      written.includes(entry)
        ? { ...entry, [dialect.targets]: weighed(listOf(entry, dialect.targets), dialect, ours, weights) }
        : entry,
    ),
  };
}

const pairIn =
  (dialect: RouteDialect, ours: EnvironmentTargets) =>
  (entry: RouteEntry): Weights => ({
    blue: weightOf(entry, dialect, ours.blue),
    green: weightOf(entry, dialect, ours.green),
  });

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

/**
 * The entries that a write gives the weights to: those that split between the environments, and of the named ones those that lead to one of
 * them. Where there is none, the one that everybody else's requests take: the way back must be able to write any route that leads to one of
 * them at all.
 */
function writtenEntries(
  entries: readonly RouteEntry[],
  dialect: RouteDialect,
  ours: EnvironmentTargets,
  rules: RuleNames,
): RouteEntry[] {
  const written = entries.filter(
    (entry) => isWeighted(entry, dialect, ours) || (isNamed(entry, rules) && leadsTo(entry, dialect, ours).length > 0),
  );
  const last = weightedEntryOf(entries, dialect, ours);
  return written.length > 0 || last === undefined ? written : [last];
}

const isNamed = ({ name }: RouteEntry, rules: RuleNames): boolean =>
  rules !== null && typeof name === 'string' && rules.includes(name);

/** What keeps entries that are named from having one pair of weights, and the traffic of the environments from having no other. */
function oddRules(
  entries: readonly RouteEntry[],
  rules: readonly string[],
  dialect: RouteDialect,
  ours: EnvironmentTargets,
): string[] {
  const labelled = entries.map((entry, index) => ({
    entry,
    label: `${dialect.entries}[${index}]${typeof entry.name === 'string' ? ` (${entry.name})` : ''}`,
  }));
  const named = labelled.filter(({ entry }) => isNamed(entry, rules));
  const known = entries.flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
  const missing = rules.filter((rule) => !known.includes(rule));
  const split = named.filter(({ entry }) => isWeighted(entry, dialect, ours));
  const pairs = split.map(({ entry, label }) => {
    return { label, words: weightWords(pairIn(dialect, ours)(entry)) };
  });
  return [
    ...missing.map(
      (rule) =>
        `no entry of ${dialect.entries} is named ${rule}, as traffic.rules has it, but ${known.join(', ') || 'none has a name'}`,
    ),
    ...named.flatMap(({ entry, label }) => [
      ...(isWeighted(entry, dialect, ours)
        ? []
        : [`${label} does not lead to ${ours.blue} and ${ours.green} once each, but to ${foundIn(entry, dialect)}`]),
      ...strangersIn(entry, dialect, ours).map((id) => `${label} also leads to ${id}`),
      ...dialect.doubtsOf(ownTargets(entry, dialect, ours)).map((doubt) => `${label}: ${doubt}`),
    ]),
    ...(new Set(pairs.map(({ words }) => words)).size > 1
      ? [
          `${pairs.map(({ label, words }) => `${label} has ${words}`).join(', ')}; give the rules of traffic.rules the same weights`,
        ]
      : []),
    ...labelled
      .filter(({ entry }) => !isNamed(entry, rules))
      .flatMap(({ entry, label }) => {
        const reached = leadsTo(entry, dialect, ours);
        return reached.length === 0
          ? []
          : [`${label} leads to ${reached.join(' and ')} too; name it in traffic.rules, or point it elsewhere`];
      }),
  ];
}

function oddShape(
  entries: readonly RouteEntry[],
  weighted: RouteEntry,
  dialect: RouteDialect,
  ours: EnvironmentTargets,
): string[] {
  const concerned = entries.filter((entry) => leadsTo(entry, dialect, ours).length > 0);
  const found = concerned.map((entry) => foundIn(entry, dialect)).join('; ');
  const [stranger] = strangersIn(weighted, dialect, ours);
  return [
    ...(isWeighted(weighted, dialect, ours)
      ? []
      : [`no entry of ${dialect.entries} leads to ${ours.blue} and ${ours.green} once each, but ${found}`]),
    ...(concerned.length > 1
      ? [
          `${concerned.length} entries of ${dialect.entries} lead to the environments; traffic past the weighted one is not fenced${dialect.hasNames ? ' (traffic.rules moves several together)' : ''}`,
        ]
      : []),
    ...(stranger === undefined ? [] : [`the weighted entry of ${dialect.entries} also leads to ${stranger}`]),
    ...dialect.doubtsOf(ownTargets(weighted, dialect, ours)),
  ];
}

const isOneOfOurs = (id: string, dialect: RouteDialect, ours: EnvironmentTargets): boolean =>
  environmentNames.some((one) => dialect.isSame(id, ours[one]));

const strangersIn = (entry: RouteEntry, dialect: RouteDialect, ours: EnvironmentTargets): string[] =>
  idsOf(entry, dialect).filter((id) => !isOneOfOurs(id, dialect, ours));

const ownTargets = (entry: RouteEntry, dialect: RouteDialect, ours: EnvironmentTargets): RouteTarget[] =>
  listOf(entry, dialect.targets).filter((target) => isOneOfOurs(dialect.idOf(target), dialect, ours));

const foundIn = (entry: RouteEntry, dialect: RouteDialect): string => idsOf(entry, dialect).join(' and ') || 'nothing';

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
