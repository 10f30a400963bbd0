import { runningSync } from '../../adapters/gitops/argo-application.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { NotFound } from '../../contracts/errors.ts';
import { formatInstant } from '../../contracts/instant.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import {
  decideRestPages,
  judgeRest,
  type OpenFinding,
  type RestFacts,
  type RestFinding,
  type RestKind,
  type SideAtRest,
} from '../../core/traffic/at-rest.ts';
import { contactFacts } from '../notice/contacts-of.ts';
import { pageChannels } from '../notice/page-channels.ts';
import { linksOf } from '../notice/service-links.ts';
import type { WatchDeps } from '../ports.ts';
import { type RestSituation, restSteps, type SeenRoute } from './rest-steps.ts';

/**
 * Looks at a service on which no operation is at work, and wakes the on-call for what is wrong with it, once for each thing and once more
 * when it was well in between. While an operation is at work all of this is its own to see, and what was found before is left as it is.
 *
 * @returns what is wrong, by its kind.
 * @throws what a channel threw; the next look pages through that channel again, and through no other.
 */
export async function watchRest(
  deps: WatchDeps,
  service: ServiceConfiguration,
  { route, lock }: { readonly route: SeenRoute; readonly lock: LockRecord },
): Promise<readonly RestFinding[]> {
  if (lock.holder !== null) return [];
  const [blue, green, before] = await Promise.all([
    readSide(deps, service, 'blue'),
    readSide(deps, service, 'green'),
    deps.store.atRest.read(service.name),
  ]);
  const facts: RestFacts = {
    route,
    adopted: lock.adopted,
    minAvailable: service.replicas.minAvailable,
    sides: { blue, green },
  };
  const findings = judgeRest(facts);
  const wrong = findings.filter(({ state }) => state === 'wrong');
  if (wrong.length === 0 && Object.keys(before.open).length === 0) return [];
  // Who took the lock meanwhile may have changed what was just read.
  const now = await deps.store.locks.read(service.name);
  if (now.holder !== null || now.epoch !== lock.epoch) return [];

  const pages = (finding: RestFinding, since: string) =>
    pagesOf(deps, service, finding, { since, route, lock, sides: { blue, green } });
  const at = formatInstant(deps.now());
  const channels = [...pages({ kind: 'fence', state: 'wrong', reason: '', page: 'at-once' }, at).keys()];
  const decision = decideRestPages(before.open, findings, { now: at, channels });
  // Written first: of two looks at once the one that is late pages nobody.
  const noted = JSON.stringify(decision.open) !== JSON.stringify(before.open);
  const record = noted ? await deps.store.atRest.replace(service.name, before, decision.open) : before;
  if (record === 'changed' || decision.due.length === 0) return wrong;

  const open: Record<string, OpenFinding> = { ...decision.open };
  const failures: unknown[] = [];
  for (const finding of decision.due) {
    const { since, paged } = open[finding.kind] ?? { since: at, paged: [] };
    const used = new Set(paged);
    for (const [channel, page] of pages(finding, since)) {
      if (used.has(channel)) continue;
      await page().then(
        () => used.add(channel),
        (error: unknown) => failures.push(error),
      );
    }
    open[finding.kind] = { since, paged: [...used] };
  }
  await deps.store.atRest.replace(service.name, record, open);
  if (failures.length > 0) throw failures[0];
  return wrong;
}

/** The environment of which something was found; null of the route. */
const environmentOf = (kind: RestKind): EnvironmentName | null =>
  environmentNames.find((environment) => kind === `pods-${environment}` || kind === `application-${environment}`) ??
  null;

function pagesOf(
  deps: WatchDeps,
  service: ServiceConfiguration,
  finding: RestFinding,
  situation: Omit<RestSituation, 'argocd'> & { readonly since: string },
) {
  const known = { ...situation, argocd: deps.configuration.argocd.namespace };
  return pageChannels(deps, service, {
    subject: `${service.name}: changed while nothing is deployed`,
    reason: finding.reason,
    standing: 'No operation is in progress: the traffic stays as it is until a person moves it.',
    steps: restSteps(service, finding.kind, known),
    facts: [
      { name: 'Service', value: service.name },
      ...linksOf(deps.configuration, service, { environment: environmentOf(finding.kind) }),
      ...contactFacts(deps.configuration, service),
    ],
    key: `sluice-${service.name}-${finding.kind}-${Date.parse(situation.since)}`,
    about: `at-rest-${service.name}`,
  });
}

/** What could not be read is unknown: one that is away says nothing of the other. */
async function readSide(
  deps: WatchDeps,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<SideAtRest> {
  const { namespace, application } = service.environments[environment];
  const { workloads, applications } = deps.cluster(service);
  const read = <T>(what: string, reading: Promise<T>): Promise<T | null> =>
    reading.catch((error: unknown) => {
      // An environment to which nothing was deployed yet is as it should be.
      if (error instanceof NotFound) return null;
      const cause = error instanceof Error ? error.message : String(error);
      deps.log({ level: 'warn', message: `${what} of ${service.name} could not be read: ${cause}` });
      return null;
    });
  const [deployment, live] = await Promise.all([
    read(`The Deployment in ${namespace}`, workloads.readDeployment(namespace, service.name)),
    read(`The Application ${application}`, applications.read(application)),
  ]);
  const progress = deployment?.status?.conditions?.find(({ type }) => type === 'Progressing');
  const isOver =
    progress === undefined || ['NewReplicaSetAvailable', 'ProgressDeadlineExceeded'].includes(progress.reason ?? '');
  const isSeen = (deployment?.status?.observedGeneration ?? 0) >= (deployment?.metadata?.generation ?? 0);
  return {
    pods:
      deployment === null
        ? null
        : {
            wanted: deployment.spec?.replicas ?? 1,
            ready: deployment.status?.readyReplicas ?? 0,
            rollout: isOver && isSeen ? 'over' : 'under-way',
          },
    application:
      live === null
        ? null
        : {
            name: application,
            sync: live.status?.sync?.status ?? 'Unknown',
            settled: runningSync(live) === null && live.status?.operationState !== undefined,
          },
  };
}
