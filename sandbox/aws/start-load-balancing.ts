import type { Routes } from '../router/routing-table.ts';
import type { AccessKeys } from './authenticate-sigv4.ts';
import { AwsError } from './aws-error.ts';
import type { StandIn } from './listener.ts';
import { element, listIn, members, startQuery } from './start-query.ts';

/** A rule of the one listener that the load balancer has. */
export interface StandInRule {
  /** Empty: for every host. */
  readonly hosts: readonly string[];
  readonly forwards: readonly { readonly targetGroup: string; readonly weight: number }[];
  readonly isSticky?: boolean;
}

export interface LoadBalancingOptions {
  readonly port: number;
  readonly keys?: AccessKeys | undefined;
  /** The ARNs of the target groups that exist. */
  readonly targetGroups: () => readonly string[];
  /** The first that matches is taken; the listener's default rule answers 404 and is not listed here. */
  readonly rules: () => readonly StandInRule[];
  /** Rules in an answer, at most. */
  readonly pageSize?: number;
}

/**
 * Starts Elastic Load Balancing (2015-12-01): DescribeTargetGroups, DescribeListeners and DescribeRules of one Application Load Balancer with
 * one HTTP listener. A target group belongs to it as soon as a rule forwards there.
 */
export function startLoadBalancing(options: LoadBalancingOptions): Promise<StandIn> {
  const { port, keys, targetGroups, rules, pageSize = 100 } = options;
  /** In the account and the region of the target groups. */
  const arnOf = (resource: string) => `${(targetGroups()[0] ?? '').split(':').slice(0, 5).join(':')}:${resource}`;
  const loadBalancer = () => arnOf('loadbalancer/app/sandbox/0123456789abcdef');
  const listener = () => arnOf('listener/app/sandbox/0123456789abcdef/0123456789abcdef');
  const isUsed = (arn: string) =>
    rules().some(({ forwards }) => forwards.some(({ targetGroup }) => targetGroup === arn));
  return startQuery({
    port,
    keys,
    actions: {
      DescribeTargetGroups: (form) => {
        const asked = listIn(form, 'TargetGroupArns');
        if (asked.some((arn) => !targetGroups().includes(arn))) {
          throw new AwsError('TargetGroupNotFound', 'One or more target groups not found');
        }
        return members(
          'TargetGroups',
          asked.map(
            (arn) =>
              element('TargetGroupArn', arn) +
              element('TargetGroupName', arn.split('/')[1]) +
              members('LoadBalancerArns', isUsed(arn) ? [loadBalancer()] : []),
          ),
        );
      },
      DescribeListeners: (form) => {
        if (form.get('LoadBalancerArn') !== loadBalancer()) {
          throw new AwsError('LoadBalancerNotFound', 'One or more load balancers not found');
        }
        const described = element('ListenerArn', listener()) + element('Port', 80) + element('Protocol', 'HTTP');
        return members('Listeners', [described + element('LoadBalancerArn', loadBalancer())]);
      },
      DescribeRules: (form) => {
        if (form.get('ListenerArn') !== listener()) {
          throw new AwsError('ListenerNotFound', 'One or more listeners not found');
        }
        const all = [...rules().map(describeRule), describeDefault()];
        const from = Number(form.get('Marker') ?? 0);
        const next = from + pageSize;
        return members('Rules', all.slice(from, next)) + (next < all.length ? element('NextMarker', next) : '');
      },
    },
  });
}

/** What the sandbox's router does, as the rules of a load balancer; `targetGroups` are Services (`namespace/name`) by ARN. */
export const rulesOf = ({ virtualHosts }: Routes, targetGroups: ReadonlyMap<string, string>): StandInRule[] =>
  virtualHosts.map(({ hosts, destinations }) => ({
    hosts: hosts.includes('*') ? [] : hosts,
    forwards: destinations.flatMap(({ namespace, service, weight }) =>
      [...targetGroups]
        .filter(([, key]) => key === `${namespace}/${service}`)
        .map(([targetGroup]) => ({ targetGroup, weight })),
    ),
  }));

function describeRule({ hosts, forwards, isSticky = false }: StandInRule, index: number): string {
  const tuples = forwards.map(
    ({ targetGroup, weight }) => element('TargetGroupArn', targetGroup) + element('Weight', weight),
  );
  const sticky = `<TargetGroupStickinessConfig>${element('Enabled', isSticky)}</TargetGroupStickinessConfig>`;
  const forward = `<ForwardConfig>${members('TargetGroups', tuples)}${sticky}</ForwardConfig>`;
  const values = members(
    'Values',
    hosts.map((host) => host.replaceAll('&', '&amp;').replaceAll('<', '&lt;')),
  );
  const condition = `${element('Field', 'host-header')}<HostHeaderConfig>${values}</HostHeaderConfig>`;
  return (
    element('Priority', index + 1) +
    element('IsDefault', false) +
    members('Conditions', hosts.length === 0 ? [] : [condition]) +
    members('Actions', [element('Type', 'forward') + element('Order', 1) + forward])
  );
}

const describeDefault = (): string =>
  element('Priority', 'default') +
  element('IsDefault', true) +
  members('Conditions', []) +
  members('Actions', [
    `${element('Type', 'fixed-response')}<FixedResponseConfig>${element('StatusCode', '404')}</FixedResponseConfig>`,
  ]);
