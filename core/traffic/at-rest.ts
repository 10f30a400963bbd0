import type { Fence } from '../../contracts/fence.ts';
import { type EnvironmentName, environmentNames, type Weights } from '../../contracts/names.ts';
import { sentence, weightWords } from '../../contracts/words.ts';
import { sameWeights } from './weights.ts';

/** What may go wrong with a service while no operation is at work. */
export type RestKind = 'weights' | 'fence' | `pods-${EnvironmentName}` | `application-${EnvironmentName}`;

/** A service as it was found. What could not be read is null: nothing is concluded from it. */
export interface RestFacts {
  /** `gone`: there is no route object. */
  readonly route:
    | {
        readonly weights: Weights;
        readonly fence: Fence | null;
        /** What makes its shape odd; null when nothing does. */
        readonly problem?: string | null;
      }
    | 'gone'
    | null;
  /** Whether the route has ever carried a fence. */
  readonly adopted: 'never' | 'before';
  readonly minAvailable: number;
  readonly sides: Readonly<Record<EnvironmentName, SideAtRest>>;
}

export interface SideAtRest {
  readonly pods: {
    /** Pods that the Deployment is to have. */
    readonly wanted: number;
    readonly ready: number;
    /** Pods of a new version are still replacing those of an older one. */
    readonly rollout: 'over' | 'under-way';
  } | null;
  readonly application: {
    readonly name: string;
    /** As Argo CD compares: `Synced`, `OutOfSync`, `Unknown`. */
    readonly sync: string;
    /** It was synced before, and no sync is asked for or at work. */
    readonly settled: boolean;
  } | null;
}

export interface RestFinding {
  readonly kind: RestKind;
  readonly state: 'well' | 'wrong' | 'unknown';
  /** What is wrong, for people. */
  readonly reason: string;
  /** `again`: it may be over in a moment, and is worth a page only when the next look finds it too. */
  readonly page: 'at-once' | 'again';
}

/**
 * Judges a service between operations: weights that are not those that were written, a fence that is gone, a side without its pods, an
 * Application that is not what its commit says. Each has one finding for each look, so that what is well again is known too.
 */
export function judgeRest(facts: RestFacts): RestFinding[] {
  return [
    ...judgeRoute(facts),
    ...environmentNames.flatMap((environment) => [judgePods(facts, environment), judgeApplication(facts, environment)]),
  ];
}

const well = (kind: RestKind): RestFinding => ({ kind, state: 'well', reason: '', page: 'at-once' });
const unknown = (kind: RestKind): RestFinding => ({ kind, state: 'unknown', reason: '', page: 'at-once' });
const wrong = (kind: RestKind, reason: string, page: RestFinding['page'] = 'at-once'): RestFinding => ({
  kind,
  state: 'wrong',
  reason,
  page,
});

function judgeRoute({ route, adopted }: RestFacts): RestFinding[] {
  if (route === null) return [unknown('weights'), unknown('fence')];
  // Sluice has not taken the route over yet: whatever it says is its owner's business.
  if (adopted === 'never') return [well('weights'), well('fence')];
  if (route === 'gone')
    return [unknown('weights'), wrong('fence', 'Its route object is gone: somebody has deleted it.')];
  const { weights, fence, problem = null } = route;
  if (fence === null) {
    return [
      // Without it nobody knows what the weights were.
      unknown('weights'),
      wrong(
        'fence',
        `The fence annotation of its route is gone, or cannot be read. The traffic is ${weightWords(weights)}.`,
      ),
    ];
  }
  if (sameWeights(weights, fence.weights)) return [well('weights'), well('fence')];
  // Two weights do not say which of several rules was changed.
  const more = problem === null ? '' : ` The route: ${sentence(problem)}`;
  const reason = `Somebody changed the weights of its route to ${weightWords(weights)}; ${weightWords(fence.weights)} was last written by Sluice.${more}`;
  return [wrong('weights', reason), well('fence')];
}

function judgePods({ route, minAvailable, sides }: RestFacts, environment: EnvironmentName): RestFinding {
  const kind = `pods-${environment}` as const;
  const { pods } = sides[environment];
  if (pods === null || route === null || route === 'gone') return unknown(kind);
  const { wanted, ready, rollout } = pods;
  const weight = route.weights[environment];
  if (weight > 0) {
    if (ready === 0) return wrong(kind, `${environment} has ${weight} % of the traffic and no ready pod.`);
    // Too few pods for traffic that somebody sent there is told with the weights.
    const isMeant = (route.fence?.weights ?? route.weights)[environment] > 0;
    const reason = `${environment} has ${weight} % of the traffic and ready pods: ${ready} of the ${minAvailable} that it needs (replicas.minAvailable).`;
    return ready < minAvailable && isMeant ? wrong(kind, reason, 'again') : well(kind);
  }
  // A release that was just taken out, or put in by hand, has no pod for a moment.
  return wanted > 0 && ready === 0 && rollout === 'over'
    ? wrong(kind, `${environment}, the side to roll back to, has no ready pod; ${wanted} should be ready.`)
    : well(kind);
}

function judgeApplication({ sides }: RestFacts, environment: EnvironmentName): RestFinding {
  const kind = `application-${environment}` as const;
  const { application } = sides[environment];
  if (application === null || application.sync === 'Unknown') return unknown(kind);
  const { name, sync, settled } = application;
  return sync === 'OutOfSync' && settled
    ? wrong(kind, `Argo CD's Application ${name} is out of sync: ${environment} is not what its commit says.`)
    : well(kind);
}

/** What is wrong with a service, since when, and who was told already. */
export interface OpenFinding {
  readonly since: string;
  /** Channels that were used, by name. */
  readonly paged: readonly string[];
}

export type OpenFindings = Readonly<Record<string, OpenFinding>>;

export interface RestDecision {
  /** What is open from now on. */
  readonly open: OpenFindings;
  /** What somebody has to be told now, through the channels that were not used yet. */
  readonly due: readonly RestFinding[];
}

/** Pages once for each thing that is wrong, and once more when it was well in between; what is unknown stays as it was. */
export function decideRestPages(
  before: OpenFindings,
  findings: readonly RestFinding[],
  { now, channels }: { readonly now: string; readonly channels: readonly string[] },
): RestDecision {
  const open: Record<string, OpenFinding> = {};
  const due: RestFinding[] = [];
  for (const finding of findings) {
    const known = before[finding.kind];
    if (finding.state === 'well' || (finding.state === 'unknown' && known === undefined)) continue;
    const kept = known ?? { since: now, paged: [] };
    open[finding.kind] = kept;
    if (finding.state === 'unknown' || (finding.page === 'again' && known === undefined)) continue;
    if (channels.some((channel) => !kept.paged.includes(channel))) due.push(finding);
  }
  return { open, due };
}
