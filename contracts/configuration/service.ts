import type { z } from 'zod';
import { formatDuration, hours, milliseconds } from '../duration.ts';
import { environmentNames } from '../names.ts';
import { wholeObject } from '../whole-object.ts';
import type { Autoscaler } from './autoscaler.ts';
import { builtIn, builtInQueries, istioTemplates } from './built-in-objectives.ts';
import { type CloudWatchMetric, firstSeenAfter, metricsIn, problemOfExpression, unseenOf } from './cloudwatch.ts';
import { type CrossRule, crossRules } from './cross-rules.ts';
import type { GitHubAddresses } from './github.ts';
import { estimateHistoryEvents, historyEventLimit } from './history-estimate.ts';
import { knowsPast, speaksPromQl } from './metric-sources.ts';
import { fastDefaults, measuredObjectives, type Objective, type ObjectiveSource, sourceOf } from './objectives.ts';
import { objectName } from './primitives.ts';
import { type ServiceDocument, serviceDocumentSchema } from './service-document.ts';
import { ofProductionOnly } from './template.ts';
import { isOfPattern } from './trigger.ts';
import { observationWaitsOf, operationDeadline, switchWaitsOf, type Wait, waitsOf } from './waits.ts';

const aboveMax = (max: number, wanted: number): string => `must not be above max (${max}), or that must be ${wanted}`;

/** The fields on which `waitsOf` depends. */
const waiting = ['validation.waitFor', 'approvals', 'windows', 'deadlines', 'health', 'traffic', 'objectives', 'bake'];

const rules: readonly CrossRule<ServiceDocument>[] = [
  {
    needs: ['standby.keepWarm', 'alerts.rollbackWithin', 'deadlines.rollback'],
    *problems({ standby, alerts, deadlines }) {
      const least = milliseconds(alerts.rollbackWithin + deadlines.rollback);
      if (standby.keepWarm <= least) {
        const parts = 'alerts.rollbackWithin plus deadlines.rollback';
        yield { message: `must be longer than ${parts}, ${formatDuration(least)}: the way back must stay warm` };
      }
    },
  },
  {
    needs: ['standby.afterAbort', 'standby.keepWarm'],
    *problems({ standby: { afterAbort, keepWarm } }) {
      if (afterAbort > keepWarm) {
        yield {
          message: `must not be longer than standby.keepWarm, ${formatDuration(keepWarm)}: then both sides are lowered`,
        };
      }
    },
  },
  {
    needs: ['traffic.steps', 'data'],
    *problems({ traffic, data }) {
      if (data === 'separate' && traffic.steps.length !== 1) {
        yield { message: 'must be [100] with `data: separate`: a gradual split would let the two databases diverge' };
      }
    },
  },
  {
    needs: ['traffic.router', 'traffic.rules'],
    *problems({ traffic: { router, rules: named } }) {
      if (named === null) return;
      const path = ['traffic', 'rules'];
      if (router === 'alb') {
        yield {
          message:
            'is for HTTPRoutes and VirtualServices: paths of an Ingress that use one action share its weights anyway',
          path,
        };
      }
      if (router !== 'gateway-api') return;
      for (const [index, name] of named.entries()) {
        if (objectName.safeParse(name).success) continue;
        yield {
          message: 'must be a DNS name in lower case: the Gateway API allows no other name',
          path: [...path, index],
        };
      }
    },
  },
  {
    needs: ['traffic.router', 'traffic.targetGroups'],
    *problems({ traffic: { router, targetGroups } }) {
      const path = ['traffic', 'targetGroups'];
      if (router === 'alb' && targetGroups === null) {
        yield { message: 'is needed with `router: alb`: the ARN of the target group of each environment', path };
      }
      if (targetGroups === null) return;
      if (router === 'istio') yield { message: 'is for load balancers only: Istio routes by the VirtualService', path };
      const { blue, green } = targetGroups;
      const placeOf = (arn: string) => arn.split(':').slice(1, 5).join(':');
      if (blue === green) yield { message: 'must be another one than that of blue', path: [...path, 'green'] };
      else if (placeOf(blue) !== placeOf(green)) {
        yield {
          message: 'must be in the account and region of that of blue: one load balancer has both',
          path: [...path, 'green'],
        };
      }
    },
  },
  {
    needs: ['traffic.pauseAfter', 'traffic.steps'],
    *problems({ traffic: { pauseAfter, steps } }) {
      for (const [index, weight] of pauseAfter.entries()) {
        const path = ['traffic', 'pauseAfter', index];
        if (!steps.includes(weight)) yield { message: `must be one of traffic.steps (${steps.join(', ')})`, path };
        else if (weight === 100) yield { message: 'must be below 100: no traffic is left to ask about', path };
        else if (pauseAfter.indexOf(weight) !== index) yield { message: `${weight} is there already`, path };
      }
    },
  },
  {
    needs: ['replicas.min', 'replicas.max'],
    *problems({ replicas }) {
      if (replicas.min > replicas.max) yield { message: aboveMax(replicas.max, replicas.min) };
    },
  },
  {
    needs: ['replicas.minAvailable', 'replicas.max'],
    *problems({ replicas }) {
      const { minAvailable = 1, max } = replicas;
      if (minAvailable > max) yield { message: aboveMax(max, minAvailable) };
    },
  },
  {
    needs: ['standby.then', 'replicas.max'],
    *problems({ standby, replicas }) {
      const { then } = standby;
      if (then > replicas.max)
        yield { message: `must not be above replicas.max (${replicas.max}), or that must be ${then}` };
    },
  },
  {
    needs: ['environments.green.namespace', 'environments.blue.namespace', 'mode'],
    *problems({ environments: { blue, green }, mode, name }) {
      if (blue.namespace !== green.namespace) return;
      const message = `must differ from blue's (${blue.namespace})`;
      const path = ['environments', 'green', 'namespace'];
      if (mode === 'deploy') yield { message, path };
      else if ((blue.backend ?? name) === (green.backend ?? name)) {
        yield { message: `${message}, or environments.green.backend must name another Service than blue's`, path };
      }
    },
  },
  {
    needs: ['environments.green.backend', 'environments.blue.backend', 'mode'],
    *problems({ environments, mode }) {
      if (mode === 'observe') return;
      for (const side of environmentNames) {
        if (environments[side].backend === undefined) continue;
        const message = 'is for mode: observe only: where Sluice deploys, the Service has the name of the service';
        yield { message, path: ['environments', side, 'backend'] };
      }
    },
  },
  {
    needs: ['environments', 'objectives', 'traffic.router', 'mode'],
    *problems(service) {
      const { blue, green } = service.environments;
      if (service.mode === 'deploy' || blue.namespace !== green.namespace) return;
      const { source, samples } = service.objectives;
      const fast = fastPath(service);
      const names = (text: string) => /\{\{\s*(environment|backend)\s*\}\}/.test(text);
      // Where the address of the source tells the sides apart, or the dimensions of all its metrics, no query has to.
      const everywhere = (asked: ObjectiveSource) =>
        asked.kind === 'cloudwatch'
          ? Object.values(asked.metrics).every(({ dimensions }) =>
              Object.values(dimensions).some((value) => typeof value !== 'string' || names(value)),
            )
          : asked.kind === 'web' && names(asked.url);
      const tellsApart = (asked: ObjectiveSource, query: string) => everywhere(asked) || names(query);
      const queries = [
        ...objectiveList(service).flatMap((objective, index) =>
          [objective.query, objective.compare?.total, objective.compare?.bad].map(
            (text) => [['list', index], text, sourceOf(service.objectives, objective)] as const,
          ),
        ),
        [['samples'], service.objectives.minSamples > 0 ? samplesQuery(service) : samples, source] as const,
        [['fast'], fast?.answers, source] as const,
        [['fast'], fast?.failures, source] as const,
      ];
      const told = new Set<string>();
      for (const [path, text, asked] of queries) {
        if (text === null || text === undefined || tellsApart(asked, text) || told.has(path.join())) continue;
        told.add(path.join());
        const message = `must have queries with {{backend}} or {{environment}}: both sides are in the namespace ${blue.namespace}, and would be counted together`;
        yield { message, path: ['objectives', ...path] };
      }
    },
  },
  ...(['application', 'branch', 'preview'] as const).map(
    (field): CrossRule<ServiceDocument> => ({
      needs: [`environments.green.${field}`, `environments.blue.${field}`],
      *problems({ environments: { blue, green } }) {
        if (blue[field] === green[field]) yield { message: `must differ from blue's (${blue[field]})` };
      },
    }),
  ),
  {
    needs: ['trigger', 'repository', 'gitops', 'environments'],
    *problems({ trigger, repository, gitops, environments: { blue, green } }) {
      if (repository.toLowerCase() !== gitops.repository.toLowerCase()) return;
      for (const [index, pattern] of trigger.hotfixBranches.entries()) {
        const written = [blue.branch, green.branch].find((name) => isOfPattern(pattern, name));
        if (written === undefined) continue;
        const message = `must not be ${written}, which Sluice writes`;
        yield { message, path: ['trigger', 'hotfixBranches', index] };
      }
    },
  },
  {
    needs: ['approvals.remind', 'approvals.expire'],
    *problems({ approvals }) {
      if (approvals.remind >= approvals.expire) yield { message: 'must be shorter than approvals.expire' };
    },
  },
  {
    needs: ['approvals.recheck', 'approvals.expire'],
    *problems({ approvals }) {
      if (approvals.recheck > approvals.expire) yield { message: 'must not be longer than approvals.expire' };
    },
  },
  {
    needs: ['approvals.escalate', 'approvals.expire'],
    *problems({ approvals }) {
      if (approvals.escalate === null || approvals.escalate.after < approvals.expire) return;
      yield { message: 'must be shorter than approvals.expire', path: ['approvals', 'escalate', 'after'] };
    },
  },
  {
    needs: ['objectives.every', 'traffic.interval'],
    *problems({ objectives, traffic }) {
      if (objectives.every > traffic.interval) yield { message: 'must not be longer than traffic.interval' };
    },
  },
  {
    needs: ['objectives.every', 'bake'],
    *problems({ objectives, bake }) {
      if (objectives.every > bake) yield { message: 'must not be longer than bake' };
    },
  },
  {
    needs: ['objectives.minSamples', 'objectives.samples', 'objectives.source', 'traffic.router'],
    *problems(service) {
      if (service.objectives.minSamples > 0 && samplesQuery(service) === null) {
        yield { message: 'needs objectives.samples, the query that counts them' };
      }
    },
  },
  {
    needs: ['postDeployment', 'objectives.source', 'objectives.list'],
    *problems({ postDeployment, objectives: { source, list } }) {
      if (postDeployment.performance !== null && !knowsPast(source)) {
        const message = 'needs a Prometheus or CloudWatch as objectives.source: the JSON of an address has no past';
        yield { message, path: ['postDeployment', 'performance'] };
      }
      for (const [index, { source: own, dryRun }] of list.entries()) {
        if (postDeployment.performance === null || dryRun || own === undefined || knowsPast(own)) continue;
        const message =
          'must be a Prometheus or CloudWatch with postDeployment.performance: the JSON of an address has no past';
        yield { message, path: ['objectives', 'list', index, 'source'] };
      }
      // @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html: values of a minute are kept for 15 days.
      const asksCloudWatch = [source, ...list.map((one) => one.source)].some((one) => one?.kind === 'cloudwatch');
      if (asksCloudWatch && (postDeployment.performance?.offset ?? 0) > hours(14 * 24)) {
        const message = 'must be at most 14d: CloudWatch keeps values of single minutes for 15 days';
        yield { message, path: ['postDeployment', 'performance', 'offset'] };
      }
      if (postDeployment.monitoring !== null && !speaksPromQl(source)) {
        const message = 'needs a Prometheus as objectives.source: no other is asked for targets and rules';
        yield { message, path: ['postDeployment', 'monitoring'] };
      }
    },
  },
  {
    needs: ['validation', 'objectives.source', 'mode'],
    *problems({ validation: { performance, staging, waitFor }, objectives, mode }) {
      const path = ['validation', 'performance'];
      if (performance === null) return;
      if (mode === 'observe')
        yield { message: 'is for mode: deploy only: nothing is refused beside another pipeline', path };
      if (staging === null) {
        yield { message: 'needs validation.staging: what is measured begins with the deployment there', path };
      }
      const { window, list } = performance;
      const source = performance.source ?? objectives.source;
      const least = milliseconds(window + unseenOf(source));
      if (least >= waitFor) {
        const message = `must be shorter than validation.waitFor (${formatDuration(waitFor)}), which it is waited for; it takes ${formatDuration(least)}`;
        yield { message, path: [...path, 'window'] };
      }
      const written = performance.source === undefined ? 'objectives.source, which is asked' : 'it';
      if (!knowsPast(source)) {
        const message = `needs a Prometheus or CloudWatch, and ${written} is an address whose JSON has no past`;
        yield { message, path: [...path, 'source'] };
      } else if (source.kind === 'cloudwatch') {
        for (const [index, { query }] of list.entries()) {
          const message = problemOfExpression(query, source.metrics) ?? problemOfSides(query, source.metrics);
          if (message !== null) yield { message, path: [...path, 'list', index, 'query'] };
        }
      } else {
        const [unknown] = ofProductionOnly(source.url);
        const message = `needs an address without ${unknown}, which nothing on staging has`;
        if (unknown !== undefined) yield { message, path: [...path, 'source'] };
      }
    },
  },
  {
    needs: ['objectives.list', 'objectives.source'],
    *problems({ objectives: { list, source } }) {
      for (const [index, { name, query, source: own = source }] of list.entries()) {
        if (query !== undefined || own.kind === 'istio') continue;
        const message = `is needed: only with \`source: { istio: … }\` is ${name} known without a query`;
        yield { message, path: ['objectives', 'list', index, 'query'] };
      }
    },
  },
  {
    needs: ['objectives.list', 'objectives.source'],
    *problems({ objectives: { list, source } }) {
      for (const [index, { compare, source: own = source }] of list.entries()) {
        // What is asked of CloudWatch is always limited to the window.
        if (own.kind === 'cloudwatch') continue;
        for (const count of ['total', 'bad'] as const) {
          if (
            compare === null ||
            compare[count] === null ||
            /\{\{\s*window\s*\}\}/.test(compare[count] + (speaksPromQl(own) ? '' : own.url))
          )
            continue;
          const message =
            'must have {{window}}: what is compared is counted since the step began, neither longer nor shorter';
          yield { message, path: ['objectives', 'list', index, 'compare', count] };
        }
      }
    },
  },
  {
    needs: ['objectives.fast', 'objectives.source', 'traffic.router'],
    *problems(service) {
      const { fast } = service.objectives;
      if (fast === null || fast === undefined) return;
      const counts = fastCounts(service);
      for (const count of ['answers', 'failures'] as const) {
        if (counts[count] !== null) continue;
        const message = 'is needed: only with Prometheus and Istio is it known how answers and failures are counted';
        yield { message, path: ['objectives', 'fast', count] };
      }
    },
  },
  {
    needs: ['objectives', 'postDeployment.backups'],
    *problems({ objectives, postDeployment: { backups } }) {
      const { source, list, samples, fast } = objectives;
      const asked: [path: (string | number)[], query: string | null | undefined, source: ObjectiveSource][] = [
        ...list.flatMap(({ query, compare, source: own = source }, index): typeof asked => [
          [['objectives', 'list', index, 'query'], query, own],
          [['objectives', 'list', index, 'compare', 'total'], compare?.total, own],
          [['objectives', 'list', index, 'compare', 'bad'], compare?.bad, own],
        ]),
        [['objectives', 'samples'], samples, source],
        [['objectives', 'fast', 'answers'], fast?.answers, source],
        [['objectives', 'fast', 'failures'], fast?.failures, source],
        ...backups.map(({ query, measures }, index): (typeof asked)[number] => [
          ['postDeployment', 'backups', index, measures],
          query,
          source,
        ]),
      ];
      for (const [path, query, of] of asked) {
        const message = query == null || of.kind !== 'cloudwatch' ? null : problemOfExpression(query, of.metrics);
        if (message !== null) yield { message, path };
      }
    },
  },
  {
    needs: ['objectives', 'traffic.interval', 'bake'],
    *problems({ objectives, traffic, bake }) {
      const { source, list, window, fast, inconclusive } = objectives;
      const [latest] = [source, ...list.flatMap((objective) => objective.source ?? [])]
        .filter((one) => one.kind === 'cloudwatch')
        .toSorted((a, b) => firstSeenAfter(b) - firstSeenAfter(a));
      if (latest === undefined) return;
      const least = firstSeenAfter(latest);
      const why = `is what CloudWatch needs to show what begins now (delay ${formatDuration(latest.delay)} and two periods of ${formatDuration(latest.period)})`;
      for (const [path, duration] of [
        [['traffic', 'interval'], traffic.interval],
        [['bake'], bake],
        [['objectives', 'window'], window],
        [
          ['objectives', 'fast', 'window'],
          fast?.answers === undefined || source.kind !== 'cloudwatch' ? null : fast.window,
        ],
        [['objectives', 'inconclusive', 'deadline'], inconclusive.deadline],
      ] as const) {
        if (duration === null || duration >= least) continue;
        yield { message: `must be at least ${formatDuration(least)}, which ${why}`, path: [...path] };
      }
    },
  },
  {
    needs: ['health.checks', 'health.deadline'],
    *problems({ health }) {
      for (const [index, check] of health.checks.entries()) {
        if (check.within <= health.deadline) continue;
        yield { message: 'must not be longer than health.deadline', path: ['health', 'checks', index, 'within'] };
      }
    },
  },
  {
    needs: ['deadlines.operation', ...waiting],
    *problems(service) {
      const least = operationDeadline(service);
      if (service.deadlines.operation !== undefined && service.deadlines.operation < least) {
        yield { message: `must be at least ${formatDuration(least)}, the sum of the waits: it outlives its execution` };
      }
    },
  },
  {
    needs: ['deadlines', ...waiting],
    *problems(service) {
      yield* tooLong('a deployment', waitsOf(service), 'shorten that deadline or lengthen approvals.recheck');
    },
  },
  {
    needs: ['deadlines.observation', 'mode', ...waiting],
    *problems(service) {
      if (service.mode === 'observe')
        yield* tooLong('an observation', observationWaitsOf(service), 'shorten that deadline');
    },
  },
  {
    needs: ['deadlines.switch', ...waiting],
    *problems(service) {
      yield* tooLong('a switch of the traffic by hand', switchWaitsOf(service), 'shorten that deadline');
    },
  },
];

/** Executions whose worst case would be too long for Step Functions (DESIGN §5, guardian). */
function* tooLong(what: string, waits: readonly Wait[], advice: string) {
  const { total, costs } = estimateHistoryEvents(waits);
  if (total <= historyEventLimit) return;
  const [worst] = costs.toSorted((a, b) => b.events - a.events);
  yield {
    message:
      `${what} could need ${total} history events, more than ${historyEventLimit}; most of them for ` +
      `${worst?.wait} (${worst?.turns} turns): ${advice}`,
  };
}

/** Why an expression says nothing of staging; null where it may. */
function problemOfSides(expression: string, metrics: Readonly<Record<string, CloudWatchMetric>>): string | null {
  const isOfSides = (name: string) =>
    Object.values(metrics[name]?.dimensions ?? {}).some(
      (value) => typeof value !== 'string' || ofProductionOnly(value).length > 0,
    );
  const found = metricsIn(expression).find(isOfSides);
  return found === undefined ? null : `names ${found}, whose dimensions are those of blue and green`;
}

/** Istio's own counter serves as the number of samples. */
function samplesQuery(service: ServiceDocument): string | null {
  return service.objectives.samples ?? istioOf(service)?.answers ?? null;
}

/** What counts answers and failures for the fast path; null where nobody knows. */
function fastCounts(service: ServiceDocument) {
  const { fast } = service.objectives;
  const istio = istioOf(service);
  return {
    answers: fast?.answers ?? istio?.answers ?? null,
    failures: fast?.failures ?? istio?.failures ?? null,
  };
}

/** What is asked of Istio's own metrics; null where the source has none. */
function istioOf({ objectives: { source }, traffic }: Pick<ServiceDocument, 'objectives' | 'traffic'>) {
  if (source.kind === 'istio') return istioTemplates(source.gateway);
  return source.kind === 'prometheus' && traffic.router === 'istio' ? istioTemplates(null) : null;
}

/** The objectives with every query: a built-in one has those that Istio's metrics answer. */
function objectiveList({ objectives: { source, list } }: ServiceDocument): Objective[] {
  return list.map(({ query, compare, ...objective }, at) => {
    const known = query === undefined ? builtIn(objective.name) : null;
    const asked = sourceOf({ source }, objective);
    const gateway = asked.kind === 'istio' ? asked.gateway : null;
    // The schema wants a `max` of what is built in.
    const written = known && builtInQueries(known, objective.max ?? 0, gateway);
    // One of both is there: the schema refuses an objective without a query that is not built in.
    return {
      ...objective,
      at,
      query: query ?? written?.query ?? '',
      compare: compare && {
        ...compare,
        total: compare.total ?? written?.total ?? '',
        bad: compare.bad ?? written?.bad ?? '',
      },
    };
  });
}

/** What only runs dry is kept apart, so that nothing that decides ever sees it. */
function objectivesByUse(service: ServiceDocument) {
  const all = objectiveList(service);
  return { list: all.filter(({ dryRun }) => !dryRun), dryRun: all.filter(({ dryRun }) => dryRun) };
}

/** The fast path with both of its queries; null where it is off. */
function fastPath(service: ServiceDocument) {
  const { answers, failures } = fastCounts(service);
  const { fast } = service.objectives;
  if (fast === null || answers === null || failures === null) return null;
  return { ...(fast ?? fastDefaults), answers, failures };
}

/** Its name is the service's unless written; with `none` it is the Deployment, which has the service's name. */
const autoscalerOf = ({ autoscaler, name }: ServiceDocument): Autoscaler => ({
  kind: autoscaler.kind,
  name: (autoscaler.kind === 'none' ? undefined : autoscaler.name) ?? name,
});

/** Who must have signed a release: the run that triggers, by its repository, workflow and branch. */
function signerOf({ repository, trigger, validation: { image } }: ServiceDocument) {
  const { workflow: called, ...where } = image.signer;
  return { ...where, called, repository, workflow: trigger.workflow, branch: trigger.branch };
}

/** What is measured on staging, and where. */
const performanceOf = ({ validation: { performance }, objectives }: ServiceDocument) =>
  performance && { ...performance, source: performance.source ?? objectives.source };

/** A service of `sluice.yaml`, with every rule about several fields and every default that depends on another field. */
export const serviceSchema = serviceDocumentSchema.superRefine(crossRules(rules), wholeObject).transform((service) => ({
  ...service,
  environments: {
    blue: { ...service.environments.blue, backend: service.environments.blue.backend ?? service.name },
    green: { ...service.environments.green, backend: service.environments.green.backend ?? service.name },
  },
  replicas: { ...service.replicas, minAvailable: service.replicas.minAvailable ?? service.replicas.min },
  autoscaler: autoscalerOf(service),
  objectives: {
    ...service.objectives,
    ...objectivesByUse(service),
    samples: service.objectives.minSamples > 0 ? samplesQuery(service) : null,
    fast: fastPath(service),
  },
  validation: {
    ...service.validation,
    image: { ...service.validation.image, signer: signerOf(service) },
    performance: performanceOf(service),
  },
  deadlines: { ...service.deadlines, operation: service.deadlines.operation ?? operationDeadline(service) },
}));

/** As much of the installation as decides about a service. */
interface InstallationOfService {
  readonly github: GitHubAddresses;
  readonly argocd: { readonly cluster: string | null };
  readonly clusters: readonly { readonly name: string; readonly destination?: string | undefined }[];
}

/** A service with what follows from where GitHub and its Argo CD are. */
export function installed(
  service: z.output<typeof serviceSchema>,
  { github, argocd, clusters }: InstallationOfService,
) {
  const { image } = service.validation;
  return {
    ...service,
    argocd: {
      /** The cluster that has the Applications. */
      cluster: argocd.cluster ?? service.cluster,
      /** What they call the service's cluster (`spec.destination.server` or `.name`); null: their own. */
      destination: clusters.find(({ name }) => name === service.cluster)?.destination ?? null,
    },
    /** The page of `repository`. */
    repositoryUrl: `${github.server}/${service.repository}`,
    validation: { ...service.validation, image: { ...image, signer: signerAt(github, image.signer) } },
  };
}

const signerAt = <S extends { issuer?: string | undefined; server?: string | undefined }>(
  { jobIssuer, server }: GitHubAddresses,
  signer: S,
) => ({ ...signer, issuer: signer.issuer ?? jobIssuer, server: signer.server ?? server });

/** A service as it is configured, complete. */
export type ServiceConfiguration = Readonly<ReturnType<typeof installed>>;

/** What a release must have measured on staging, and where that is asked. */
export type PerformanceRules = NonNullable<ServiceConfiguration['validation']['performance']>;

/** Where the objectives of a service are measured: its own source, and those that single objectives have. */
export const objectiveSourcesOf = ({
  objectives,
}: Pick<ServiceConfiguration, 'objectives'>): readonly ObjectiveSource[] => [
  objectives.source,
  ...measuredObjectives(objectives).flatMap(({ source }) => source ?? []),
];

/** A service as it is measured at another source; as it is where that is undefined. */
export const measuredAt = (service: ServiceConfiguration, source: ObjectiveSource | undefined): ServiceConfiguration =>
  source === undefined ? service : { ...service, objectives: { ...service.objectives, source } };

/** Every source of metrics that is asked for a service. */
export const metricSourcesOf = ({
  objectives,
  validation: { performance },
}: Pick<ServiceConfiguration, 'objectives' | 'validation'>): readonly ObjectiveSource[] => [
  ...objectiveSourcesOf({ objectives }),
  ...(performance === null ? [] : [performance.source]),
];

/** One environment's settings. */
export type EnvironmentConfiguration = ServiceConfiguration['environments']['blue'];
