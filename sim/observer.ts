import type { World } from './world.ts';

/** Something that must never be seen. */
export interface Violation {
  /** Virtual ms since the night began. */
  readonly at: number;
  /** Of docs/design.md. */
  readonly invariant: string;
  readonly what: string;
}

type Side = 'blue' | 'green';
const sides = ['blue', 'green'] as const;
type BySide<T> = Readonly<Record<Side, T>>;

/** The route and the pods, as anybody may read them. */
interface Sight {
  readonly weights: BySide<number>;
  /** The version of each ready pod. */
  readonly ready: BySide<readonly string[]>;
}

/** Who looks at a night from outside: it knows the cluster, and what people did, and nothing of how Sluice works. */
export interface Observer {
  readonly violations: readonly Violation[];
  /** The weights, each time that they had changed. */
  readonly changes: readonly { readonly at: number; readonly weights: BySide<number> }[];
  /** Versions that may have traffic: the live one of the beginning, and what people approved. */
  readonly approved: Set<string>;
  accuse(invariant: string, what: string): void;
  /** Looks, after something has changed the route. */
  look(): Promise<void>;
  /** The weights as they are now. */
  weights(): Promise<BySide<number>>;
}

export function createObserver(world: World, since: () => number): Observer {
  const violations: Violation[] = [];
  const changes: { at: number; weights: BySide<number> }[] = [];
  const approved = new Set<string>();
  let looking: Promise<void> = Promise.resolve();
  const accuse = (invariant: string, what: string) => {
    if (!violations.some((other) => other.invariant === invariant && other.what === what)) {
      violations.push({ at: since(), invariant, what });
    }
  };

  const judge = ({ weights, ready }: Sight) => {
    const { blue, green } = weights;
    const before = changes.at(-1)?.weights;
    if (before?.blue === blue && before.green === green) return;
    changes.push({ at: since(), weights });
    if (!Number.isInteger(blue) || !Number.isInteger(green) || blue + green !== 100) {
      accuse('I1', `the weights are ${blue} and ${green}`);
    }
    if (before === undefined) return;
    for (const side of sides) {
      if (weights[side] <= before[side]) continue;
      const other = side === 'blue' ? 'green' : 'blue';
      if (ready[side].length === 0 && ready[other].length > 0) {
        accuse('I2', `${side} got ${weights[side]} % without a ready pod, while ${other} has ${ready[other].length}`);
      }
      const strangers = [...new Set(ready[side])].filter((version) => !approved.has(version));
      if (strangers.length > 0) {
        accuse('I3', `${side} got ${weights[side]} % and runs ${strangers.join(', ')}, which nobody approved`);
      }
    }
  };
  return {
    violations,
    changes,
    approved,
    accuse,
    look() {
      // One look after the other, each at what is there by then.
      looking = looking.then(async () => judge(await see(world)));
      return looking;
    },
    weights: async () => (await see(world)).weights,
  };
}

async function see(world: World): Promise<Sight> {
  const [route, blue, green] = await Promise.all([
    world.readCluster('/apis/networking.istio.io/v1/namespaces/production/virtualservices/chest-xray-mlops'),
    world.readCluster('/api/v1/namespaces/production-blue/pods'),
    world.readCluster('/api/v1/namespaces/production-green/pods'),
  ]);
  return { weights: weightsOf(route), ready: { blue: readyIn(blue), green: readyIn(green) } };
}

/** @param route a VirtualService. */
function weightsOf(route: unknown): BySide<number> {
  // Istio's own shape; what is written there otherwise fails here.
  const { spec } = route as { spec: { http: { route: { destination: { host: string }; weight?: number }[] }[] } };
  const weights = { blue: 0, green: 0 };
  for (const { destination, weight = 0 } of spec.http[0]?.route ?? []) {
    weights[destination.host.includes('green') ? 'green' : 'blue'] += weight;
  }
  return weights;
}

/** @param pods a PodList. */
function readyIn(pods: unknown): string[] {
  const { items } = pods as {
    items: {
      metadata: { deletionTimestamp?: string; labels: Record<string, string> };
      status?: { conditions?: { type: string; status: string }[] };
    }[];
  };
  const isReady = (item: (typeof items)[number]) =>
    item.metadata.deletionTimestamp === undefined &&
    item.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  return items.filter(isReady).map(({ metadata }) => metadata.labels['app.kubernetes.io/version'] ?? 'unknown');
}
