import type { Workloads } from '../../../../adapters/cluster/workloads.ts';
import type { MetricReading, MetricsSource } from '../../../../adapters/metrics/metrics-source.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { milliseconds } from '../../../../contracts/duration.ts';
import type { EnvironmentName, Weights } from '../../../../contracts/names.ts';
import type { RollbackTrigger } from '../../../../contracts/trigger.ts';
import { createHandler } from '../../../../functions/observe/handler.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { fakeCluster, type ReadyPods } from './fake-cluster.ts';
import type { FakeRoute } from './fake-route.ts';
import { inShift as halfShifted } from './in-shift.ts';
import { executionOf, makeIrreversible, start, type World } from './world.ts';

/** What the source and the probes of each side answer; tests change it. */
export interface Sides {
  readonly errors: Record<EnvironmentName, number | 'unreachable'>;
  /** How many of the answers failed in the window of the fast path, and how many there were. */
  readonly answers: Record<EnvironmentName, { failed: number; all: number }>;
  readonly unhealthy: Set<EnvironmentName>;
  /** Living pods of each side; three ready ones unless a test says otherwise. */
  readonly pods: Record<EnvironmentName, PodOfSide[]>;
  /** The windows that were asked for, by environment. */
  readonly asked: { environment: string; window: string }[];
}

/** A pod as the API server sends it, in what a test is about. */
export interface PodOfSide {
  readonly name: string;
  readonly ready?: boolean;
  readonly waiting?: string;
  readonly restarts?: number;
}

const threePods = (): PodOfSide[] => ['a', 'b', 'c'].map((name) => ({ name, ready: true }));

/** A deployment of v2.1.0 from blue to green that holds the lock and has half of the traffic. */
export async function inShift(world: World, { reversible = true }: { reversible?: boolean } = {}) {
  const { execution, operation, route } = await halfShifted(world, { blue: 50, green: 50 });
  const { id } = operation;
  if (!reversible) await makeIrreversible(world);
  await world.store.operations.enter(id, 'shifting-traffic', execution.startedAt);
  return { execution, id, route };
}

export interface ObservingOptions {
  /** Milliseconds that one call goes on looking; without it there is one look. */
  readonly patience?: number;
  /** Called at each pause between two looks, with its number from 1 on. */
  readonly onPause?: (count: number) => void;
  /** Of pods, by side. */
  readonly ready?: ReadyPods;
  /** What is read there instead. */
  readonly workloads?: Partial<Workloads>;
  /** What a Prometheus says instead, or besides. */
  readonly metrics?: Partial<MetricsSource>;
  /** Opens the source of a service instead. */
  readonly metricsOf?: (service: ServiceConfiguration) => MetricsSource;
}

/** The observing function on such a route. Time passes only while it pauses. */
export function observing(
  world: World,
  route: FakeRoute,
  service: ServiceConfiguration = world.service,
  {
    patience = 0,
    onPause = () => undefined,
    ready = {},
    workloads = {},
    metrics = {},
    metricsOf,
  }: ObservingOptions = {},
) {
  let pauses = 0;
  const sides: Sides = {
    errors: { blue: 0, green: 0 },
    answers: { blue: { failed: 0, all: 1_000 }, green: { failed: 0, all: 1_000 } },
    unhealthy: new Set(),
    pods: { blue: threePods(), green: threePods() },
    asked: [],
  };
  const read = (environment: EnvironmentName, expression: string): MetricReading => {
    const value = sides.errors[environment];
    if (value === 'unreachable') return { kind: 'unreachable', reason: 'connection refused' };
    const { failed, all } = sides.answers[environment];
    if (expression.includes('response_code=~"5.."')) return { kind: 'value', value: failed };
    if (expression.includes('istio_requests_total')) return { kind: 'value', value: all };
    return { kind: 'value', value: expression.includes('errors') ? value : 0.1 };
  };
  const handle = createHandler({
    ...world,
    configuration: { ...world.configuration, services: [service] },
    cluster: () => {
      const cluster = fakeCluster(route.weights, ready);
      const listPods: typeof cluster.workloads.listPods = async (namespace, labels) => {
        const environment = namespace === service.environments.blue.namespace ? 'blue' : 'green';
        // A test that says how many are ready has the cluster's own pods.
        return environment in ready
          ? cluster.workloads.listPods(namespace, labels)
          : sides.pods[environment].map((pod) => toPod(pod, labels));
      };
      return { ...cluster, router: route, workloads: { ...cluster.workloads, listPods, ...workloads } };
    },
    metrics:
      metricsOf ??
      (() => ({
        async query(expression, { environment, window }) {
          sides.asked.push({ environment, window });
          return read(environment === 'blue' ? 'blue' : 'green', expression);
        },
        ...metrics,
      })),
    prober: {
      async probe(url) {
        const environment = url === service.environments.blue.preview ? 'blue' : 'green';
        const duration = milliseconds(1);
        return sides.unhealthy.has(environment)
          ? { ok: false, reason: 'answered 503, expected 200', duration }
          : { ok: true, status: 200, duration };
      },
    },
    pause: async (duration) => {
      world.pass(duration);
      pauses += 1;
      onPause(pauses);
    },
    patience: milliseconds(patience),
  });
  return { sides, handle };
}

/** A rollback of that deployment, for an alert or for what is given, which has just returned everything to blue. */
export async function returned(
  world: World,
  route: FakeRoute,
  related: string,
  given?: RollbackTrigger,
  name = 'rollback-1',
) {
  const execution = executionOf(name, start);
  const alert: RollbackTrigger = {
    kind: 'alert' as const,
    service: world.service.name,
    environment: 'green' as const,
    name: 'HighErrorRate',
    severity: 'critical',
    fingerprint: 'f1',
    summary: null,
    startsAt: start,
  };
  const trigger = given ?? alert;
  const { id, deadline } = await registerOperation(world, {
    execution,
    service: world.service,
    trigger,
    kind: 'rollback',
    related,
  });
  const lock = await world.store.locks.read(world.service.name);
  const at = execution.startedAt;
  const claim = { operation: id, kind: 'rollback' as const, executionArn: execution.arn, at, deadline };
  const taken = await world.store.locks.takeOver(world.service.name, lock, claim);
  if (taken.kind !== 'acquired') throw new Error('the lock could not be taken over');
  const weights: Weights = { blue: 100, green: 0 };
  await world.store.operations.update(id, { target: 'blue', origin: 'green', epoch: taken.epoch, weights });
  route.weights = weights;
  route.fence = { epoch: taken.epoch, seq: 4, operation: id, origin: 'blue', weights };
  return { execution, id };
}

const toPod = (
  { name, ready = false, waiting, restarts = 0 }: PodOfSide,
  labels: Readonly<Record<string, string>>,
) => ({
  metadata: { name, labels },
  spec: { containers: [{ name: 'app' }] },
  status: {
    phase: waiting === undefined ? 'Running' : 'Pending',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: [
      {
        name: 'app',
        ready,
        restartCount: restarts,
        image: '',
        imageID: '',
        state: waiting === undefined ? {} : { waiting: { reason: waiting } },
      },
    ],
  },
});
