import { type Command, Option } from 'commander';
import type { Autoscaler } from '../../contracts/configuration/autoscaler.ts';
import type { Fence } from '../../contracts/fence.ts';
import type { EnvironmentName, Weights } from '../../contracts/names.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import { clause, weightWords } from '../../contracts/words.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { type FoundRoute, findRoute, type RouteFlags } from '../break-glass/find-route.ts';
import {
  kubectlWords,
  readRoute,
  readWorkload,
  routeWords,
  type SeenWorkload,
  shellLine,
} from '../break-glass/kubectl.ts';
import {
  destinationOf,
  fenceOf,
  findPlaces,
  patchFor,
  type RouteObject,
  readRules,
  usualPlaces,
  weightsAt,
  workloadOf,
} from '../break-glass/route-patch.ts';
import { refusedBy, unreachable, usageError } from '../exit.ts';
import { addCommand, environmentOption } from '../options.ts';
import { type OutputFlags, print } from '../session.ts';
import type { World } from '../world.ts';

interface BreakGlassFlags extends RouteFlags, OutputFlags {
  readonly to?: EnvironmentName;
  readonly offline: boolean;
}

/** `sluice break-glass`: for when Sluice itself is what is broken. It prints a command and changes nothing. */
export function addBreakGlass(program: Command, world: World): void {
  addCommand(program, {
    name: 'break-glass',
    summary:
      'Print the one kubectl patch that returns the traffic. It works without Sluice. Only the patch goes to stdout, so "| sh" runs it.',
    examples: [
      'break-glass',
      'break-glass --to blue | sh',
      'break-glass --route production/chest-xray-mlops --to blue --context production',
    ],
  })
    .addOption(environmentOption('--to <environment>', 'where all the traffic goes (else: back, by the live route)'))
    .option('--config <path>', 'the path of sluice.yaml')
    .option('--service <name>', 'the service in sluice.yaml (SLUICE_SERVICE)')
    .option('--route <namespace/name>', 'the route object; then sluice.yaml is not needed')
    .addOption(new Option('--router <kind>', 'of --route').choices(['istio', 'gateway-api', 'alb']).default('istio'))
    .option('--kubeconfig <path>', 'for kubectl')
    .option('--context <name>', 'for kubectl')
    .option('--ready-file <path>', 'of a sandbox (SLUICE_READY_FILE; .sluice/ready.json if it is there)')
    .option('--offline', 'do not ask the cluster; needs --to and sluice.yaml', false)
    .action(async (flags: BreakGlassFlags) => {
      const found = await findRoute(world, flags);
      const live = flags.offline ? null : await readLive(world, found, flags);
      const { places, to } = live === null ? unseen(found, flags) : seen(world, found, live, flags);
      if (live !== null) await tellOfWorkloads(world, found, places, to);
      const patch = patchFor(found.route, live, places, to, found.targets);
      const words = ['-n', found.route.namespace, 'patch', routeWords(found.route), '--type', 'json', '-p'];
      const line = ['kubectl', ...kubectlWords(found.kubectl), ...words, JSON.stringify(patch)];
      print({ world, flags }, { to, program: 'kubectl', arguments: line.slice(1), patch }, () => [shellLine(line)]);
      world.err(
        'Nothing was changed yet. After you have applied the patch, run `sluice freeze --reason "…"` so that no deployment begins, and abort the running operation, also a rollback: it would write the route again. `sluice status` names it.\n',
      );
    });
}

/** The live route; null with a warning when it cannot be read but is not needed. */
async function readLive(world: World, found: FoundRoute, { to }: BreakGlassFlags): Promise<RouteObject | null> {
  const read = await readRoute(world, found.kubectl, found.route);
  if (read.kind === 'read') return read.object;
  if (to !== undefined && found.targets !== null) {
    world.err(
      `The route could not be read (${read.why}). The patch expects its usual shape, and fails if it has another one.\n`,
    );
    return null;
  }
  const { namespace, name } = found.route;
  throw unreachable(
    `kubectl could not read the route ${namespace}/${name}: ${read.why}`,
    'Pass --to, and --config with sluice.yaml.',
  );
}

function unseen({ route, targets }: FoundRoute, { to }: BreakGlassFlags) {
  if (route.router === 'alb') {
    const advice = 'Pass --kubeconfig or --context of a cluster that answers, and leave --offline out.';
    throw usageError('The weights of an Ingress are inside of an annotation, which has to be read first.', advice);
  }
  if (to === undefined || targets === null) throw usageError('Without the cluster, --to and sluice.yaml are needed.');
  return { places: usualPlaces(route, targets), to };
}

function seen(world: World, { route, targets }: FoundRoute, live: RouteObject, flags: BreakGlassFlags) {
  const places = findPlaces(route, live, targets);
  const rules = readRules(route, live, targets);
  if (rules === null ? places.length === 0 : rules.kind === 'not-ours') {
    const advice = `Look at it: kubectl -n ${route.namespace} get ${routeWords(route)} -o yaml`;
    throw refusedBy(
      'RouteNotOurs',
      `The route ${route.namespace}/${route.name} does not lead to blue and green.`,
      advice,
    );
  }
  const weights = rules === null || rules.kind === 'not-ours' ? weightsAt(places) : rules.weights;
  const fence = fenceOf(live);
  const to = flags.to ?? destinationOf(weights, fence);
  if (to === null)
    throw usageError(`The traffic is at ${weightWords(weights)}, and its origin is not recorded.`, 'Pass --to.');
  const accused = flags.to === undefined ? accusation(weights, fence, to) : null;
  if (accused !== null) throw usageError(accused, `Look at both sides and pass --to.`);
  const by = fence === null ? '' : `, last written by operation ${fence.operation}`;
  const strangers = places.filter(({ environment, weight }) => environment === null && weight > 0);
  const besides = strangers.map(({ id, weight }) => `, and ${id} has a weight of ${weight}`).join('');
  world.err(`The traffic is at ${weightWords(weights)}${besides}${by}. This puts all of it on ${to}.\n`);
  if (rules?.kind === 'odd') world.err(`CAREFUL, the route has another shape than usual: ${rules.problem}.\n`);
  return { places, to };
}

/** Why nobody but a person may choose: an alert stands on the route that speaks against the side that it would be (I7); null: none does. */
function accusation(weights: Weights, fence: Fence | null, to: EnvironmentName): string | null {
  const { paused } = fence ?? {};
  if (paused === undefined) return null;
  const { environment } = paused.alert;
  if (environment === otherEnvironment(to) || (environment === null && soleEnvironment(weights) !== null)) return null;
  const about = environment === null ? 'names no side' : `is about ${to}, where everything would go`;
  return `The traffic is at ${weightWords(weights)}, and an alert that paused the shift ${about}: ${clause(paused.reason)}.`;
}

/** Says what runs on both sides: too few pods ready would turn a bad release into an outage (I2). */
async function tellOfWorkloads(
  world: World,
  { route, kubectl, workloads, autoscaler }: FoundRoute,
  places: ReturnType<typeof findPlaces>,
  to: EnvironmentName,
): Promise<void> {
  if (workloads === null && route.router === 'alb') {
    world.err(`What runs behind the target groups only sluice.yaml says: look at ${to} before you patch.\n`);
    return;
  }
  const workloadAt = (environment: EnvironmentName) =>
    workloads?.[environment] ??
    workloadOf(route.router, places.find((one) => one.environment === environment)?.id ?? '');
  const from = otherEnvironment(to);
  const [there, here] = await Promise.all([
    readWorkload(world, kubectl, workloadAt(to)),
    readWorkload(world, kubectl, workloadAt(from)),
  ]);
  world.err(`${to}: ${workloadWords(there)}; ${from}: ${workloadWords(here)}.\n`);
  if (there === null || (there.ready > 0 && there.ready >= (here?.ready ?? 0))) return;
  const { namespace, name } = workloadAt(to);
  const replicas = Math.max(here?.ready ?? 1, 1);
  const lines = raisingWords(autoscaler ?? { kind: 'HPA', name }, name, replicas).map((words) =>
    shellLine(['kubectl', ...kubectlWords(kubectl), '-n', namespace, ...words]),
  );
  world.err(
    `CAREFUL: ${to} has fewer pods ready than the other side. Raise it first:\n${lines.map((line) => `  ${line}\n`).join('')}`,
  );
}

/** What kubectl has to do for so many pods. An autoscaler leaves a Deployment of 0 replicas alone, so that it is scaled as well. */
function raisingWords({ kind, name }: Autoscaler, deployment: string, replicas: number): string[][] {
  const scale = ['scale', `deployment/${deployment}`, '--replicas', String(replicas)];
  if (kind === 'none') return [scale];
  const [resource, field] = kind === 'HPA' ? ['hpa', 'minReplicas'] : ['scaledobject', 'minReplicaCount'];
  const patch = JSON.stringify({ spec: { [field]: replicas } });
  return [['patch', `${resource}/${name}`, '--type', 'merge', '-p', patch], scale];
}

const workloadWords = (seen: SeenWorkload | null): string =>
  seen === null
    ? 'could not be read, look before you patch'
    : `${seen.version ?? 'unknown version'}, ${seen.ready} ready`;
