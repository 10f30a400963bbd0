import { kubectlRoute } from '../../adapters/traffic/route-path.ts';
import type { LiveRoute } from '../../adapters/traffic/traffic-router.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { fenceAnnotation, formatFence } from '../../contracts/fence.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import type { RestKind, SideAtRest } from '../../core/traffic/at-rest.ts';
import { areWeights, largerSide, soleEnvironment } from '../../core/traffic/weights.ts';
import type { OnCallSteps } from '../notice/on-call-steps.ts';

/** The route as it was read; null when it could not be. */
export type SeenRoute = LiveRoute | 'gone' | null;

/** What was seen of a service, by which the commands are complete. */
export interface RestSituation {
  readonly route: SeenRoute;
  readonly lock: LockRecord;
  readonly sides: Readonly<Record<EnvironmentName, SideAtRest>>;
  /** Namespace of Argo CD's objects. */
  readonly argocd: string;
}

type Steps = OnCallSteps['steps'];

/** What the on-call may type about something that changed while no operation was at work. */
export function restSteps(service: ServiceConfiguration, kind: RestKind, situation: RestSituation): Steps {
  const look = { what: 'Look at both sides', command: `sluice status --service ${service.name}` };
  switch (kind) {
    case 'weights':
      return [look, writers(service), ...weightsBack(service, situation)];
    case 'fence':
      return [look, writers(service), ...fenceBack(service, situation)];
    case 'pods-blue':
      return [look, ...podSteps(service, 'blue', situation)];
    case 'pods-green':
      return [look, ...podSteps(service, 'green', situation)];
    case 'application-blue':
      return [look, ...applicationSteps(service, 'blue', situation)];
    case 'application-green':
      return [look, ...applicationSteps(service, 'green', situation)];
  }
}

const routeWords = ({ traffic: { router, route } }: ServiceConfiguration): string => kubectlRoute(router, route);

function writers(service: ServiceConfiguration): Steps[number] {
  const command = `kubectl get ${routeWords(service)} -o yaml --show-managed-fields`;
  return { what: 'Who wrote the route, and when', command };
}

/**
 * Back to what Sluice last wrote, unless nothing is ready there any more; where that was a split, a person has to say where to. Or the
 * weights stay, as after a break-glass, and the fence says so.
 */
function weightsBack(service: ServiceConfiguration, situation: RestSituation): Steps {
  const { route, sides } = situation;
  const written = route === null || route === 'gone' ? null : route.fence;
  const side = written === null ? null : soleEnvironment(written.weights);
  const { name } = service;
  const settle = {
    what: 'Until that is clear, freeze the service',
    command: `sluice freeze --service ${name} --reason "…"`,
  };
  const keep = written === null ? [] : fenceBack(service, situation);
  if (side !== null && sides[side].pods?.ready === 0) {
    const { namespace } = service.environments[side];
    const what = `${side}, where Sluice had put everything, has no ready pod: do not send the traffic there before it has`;
    return [{ what, command: `kubectl -n ${namespace} get pods -l app.kubernetes.io/name=${name}` }, ...keep, settle];
  }
  const to = side === null ? '' : ` --to ${side}`;
  const where = side === null ? 'to one side' : `back to ${side}`;
  const back = {
    what: `If it was not intended, print the patch for kubectl that puts everything ${where}`,
    command: `sluice break-glass --service ${name}${to}`,
  };
  return [back, ...keep, settle];
}

/** The annotation as it would be, if this lock's last holder had written the route as it is. */
function fenceBack(service: ServiceConfiguration, { route, lock }: RestSituation): Steps {
  if (route === 'gone' || route === null) {
    const what = 'Create the route again, with all the weight on the healthy side (docs/install.md has an example)';
    return [{ what, command: `kubectl apply -n ${service.traffic.route.namespace} -f ROUTE.yaml` }];
  }
  const { weights } = route;
  if (!areWeights(weights)) return weightsBack(service, { route, lock, sides: noSides, argocd: '' });
  const origin = soleEnvironment(weights) ?? largerSide(weights);
  const epoch = Math.max(1, lock.epoch, route.fence?.epoch ?? 1);
  const fence = formatFence({
    epoch,
    seq: (route.fence?.seq ?? 0) + 1,
    operation: 'put-back-by-hand',
    origin,
    weights,
  });
  return [
    {
      what:
        route.fence === null
          ? 'If the weights are right as they are, put the fence back; else the next operation freezes the service'
          : 'If it was intended, as after a break-glass, note the weights in the fence',
      command: `kubectl annotate --overwrite ${routeWords(service)} '${fenceAnnotation}=${fence}'`,
    },
  ];
}

const noSides = { blue: { pods: null, application: null }, green: { pods: null, application: null } } as const;

function podSteps(service: ServiceConfiguration, side: EnvironmentName, { route, sides }: RestSituation): Steps {
  const { namespace } = service.environments[side];
  const other = otherEnvironment(side);
  const serves = route !== null && route !== 'gone' && route.weights[side] > 0;
  const mayMove = serves && (sides[other].pods?.ready ?? 0) > 0;
  return [
    {
      what: 'Why its pods are not ready',
      command: `kubectl -n ${namespace} describe pods -l app.kubernetes.io/name=${service.name}`,
    },
    { what: 'What happened to them', command: `kubectl -n ${namespace} get events --sort-by=.lastTimestamp` },
    ...(mayMove
      ? [
          {
            what: `If ${other} is healthy, send all traffic there`,
            command: `sluice rollback --service ${service.name} --version last-known-good --reason "…" --emergency`,
          },
          {
            what: 'If that is refused, or Sluice does not answer, print the patch for kubectl',
            command: `sluice break-glass --service ${service.name} --to ${other}`,
          },
        ]
      : []),
  ];
}

function applicationSteps(service: ServiceConfiguration, side: EnvironmentName, { argocd }: RestSituation): Steps {
  const { application } = service.environments[side];
  return [
    { what: 'What differs', command: `argocd app diff ${argocd}/${application}` },
    {
      what: 'Which commit it runs, and which one its branch has',
      command: `kubectl -n ${argocd} get application ${application} -o jsonpath='{.status.operationState.syncResult.revision}{" "}{.status.sync.revision}'`,
    },
    {
      what: 'If somebody else wrote its branch or its objects, undo that there; until then, freeze the service',
      command: `sluice freeze --service ${service.name} --reason "…"`,
    },
  ];
}
