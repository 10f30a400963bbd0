import { DependencyRefused } from '../../contracts/errors.ts';
import type { Fence } from '../../contracts/fence.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName, Weights } from '../../contracts/names.ts';
import { because } from '../../contracts/reason.ts';
import type { RouteState, WritePurpose } from '../../core/traffic/fence.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import type { ListenerRules } from './listener-rules.ts';
import { type RouteName, type RouterName, routeKinds } from './route-path.ts';
import type { RuleNames } from './weighted-route.ts';

/** The live route, and what is wrong with its fence when there is something. */
export type LiveRoute = RouteState & {
  /** The annotation is there but cannot be read; `fence` is null then. Null when it is fine or absent. */
  readonly damaged: string | null;
  /** What makes the route not quite ours; only ever set for a `return`, since a shift is refused then. */
  readonly problem: string | null;
};

export interface RouteCallOptions extends CallOptions {
  /**
   * What the call is for, `shift` without it. A route that leads elsewhere too, or copies requests to an environment, is refused to a
   * shift (I2, I3). A read for a `rise`, before a release is put there and before each weight, looks at every other route object besides,
   * and at what its gateways say of it. A return goes ahead as long as the route leads to one of the environments: no rescue waits for
   * the shape of a route (rule 6).
   */
  readonly purpose?: WritePurpose | 'rise';
}

export interface RouteWrite {
  readonly weights: Weights;
  readonly fence: Fence;
  /** Of the state that this write was decided on: a newer route refuses it. */
  readonly resourceVersion: string;
}

export type RouteWriteOutcome = { kind: 'written'; resourceVersion: string } | { kind: 'conflict' };

/**
 * The route object of one service, whatever routes it (Istio, Gateway API, an Ingress of an ALB). Annotation and both weights are always
 * written in one request under a `resourceVersion` precondition (DESIGN §5, the fence); what to write is decided by
 * core/traffic/fence.ts.
 *
 * `weights` are given as they stand on the route, also when they break I1: core/traffic/ decides what that means.
 *
 * Errors of both: RouteNotOurs, InvalidInput (a write that breaks I1), NotFound (no route object), DependencyUnavailable (also when, before
 * a rise, a gateway has not caught up with the route), DependencyRefused.
 */
export interface TrafficRouter {
  read(options?: RouteCallOptions): Promise<LiveRoute>;
  write(write: RouteWrite, options?: RouteCallOptions): Promise<RouteWriteOutcome>;
  /**
   * Why requests may still go by older weights than the route has; null when nothing says so. Of a load balancer (`targetGroups`) its rules
   * are read: a controller brings them after the route, in seconds or, throttled, in minutes. A mesh follows at once, and is not asked.
   */
  lag(options?: CallOptions): Promise<string | null>;
}

/** A route object alone, without what is around it. */
export type FencedRouter = Omit<TrafficRouter, 'lag'>;

/**
 * The route object has not the shape that Sluice can keep its promises on. `problem` names what was found and what
 * was expected. It is a DependencyRefused to the state machines: trying again does not help, a person has to look. Its message has a code of
 * its own, by which an operation that ended at it is explained.
 */
export class RouteNotOurs extends DependencyRefused {
  readonly route: string;
  readonly problem: string;
  constructor(route: string, problem: string) {
    super('route', because('RouteNotOurs', `${route}: ${problem}`));
    this.route = route;
    this.problem = problem;
  }
}

/** A route object as people name it. */
export const routeLabel = ({ router, route }: Pick<TrafficRouterOptions, 'router' | 'route'>): string =>
  `${routeKinds[router]} ${route.namespace}/${route.name}`;

/** What a factory of routers is given. */
export interface TrafficRouterOptions {
  /** `traffic.router` of the configuration. */
  readonly router: RouterName;
  /** `traffic.route` of the configuration. */
  readonly route: RouteName;
  /** The Service of each environment. */
  readonly services: Readonly<Record<EnvironmentName, { readonly namespace: string; readonly name: string }>>;
  /** `traffic.targetGroups` of the configuration: the ARN of each environment's target group of an ALB; null where none is named. */
  readonly targetGroups?: Readonly<Record<EnvironmentName, string>> | null;
  /** `traffic.rules` of the configuration: the names of the rules of the route that move together; null where one alone has the weights. */
  readonly rules?: RuleNames;
  /** Reads the rules of the load balancer; absent in a function that neither raises a weight nor verifies one. */
  readonly listenerRules?: ListenerRules;
  /** Stamps what is written. */
  readonly now: () => Instant;
}
