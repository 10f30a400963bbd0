import type {
  ElasticLoadBalancingV2Client,
  Listener,
  Rule,
  RuleCondition,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { seconds } from '../../contracts/duration.ts';
import { DependencyRefused } from '../../contracts/errors.ts';
import { between, type Instant } from '../../contracts/instant.ts';
import { type AwsOptions, awsClientConfig, callAws } from '../shared/aws.ts';
import type { CallOptions } from '../shared/call-dependency.ts';

/** A rule of a load balancer that forwards requests. */
export interface ListenerRule {
  /** As people find it: `HTTPS:443, rule 3`. */
  readonly label: string;
  /** Host names that it is for, with `*` and `?`; empty: every host. */
  readonly hosts: readonly string[];
  readonly forwards: readonly { readonly targetGroup: string; readonly weight: number }[];
  /** Whether it keeps a client on one target group. */
  readonly isSticky: boolean;
}

/**
 * Every rule that forwards, of the load balancers that these target groups belong to.
 *
 * @throws DependencyUnavailable, DependencyRefused (a target group that does not exist, a missing right).
 */
export type ListenerRules = (targetGroups: readonly string[], asked?: CallOptions) => Promise<readonly ListenerRule[]>;

export interface ListenerRulesOptions extends Omit<AwsOptions, 'region'> {
  readonly now: () => Instant;
}

/** How long an answer is good for. The controller shares its rate of calls with whoever else reads in the account. */
const fresh = seconds(2);

/**
 * Asks Elastic Load Balancing: the load balancer of the target groups, its listeners, their rules. A target group has at most one load
 * balancer; one that no rule of any forwards to has none.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html
 */
export function createListenerRules({ now, ...aws }: ListenerRulesOptions): ListenerRules {
  const clients = new Map<string, Promise<ElasticLoadBalancingV2Client>>();
  const clientOf = (region: string): Promise<ElasticLoadBalancingV2Client> => {
    const client = clients.get(region) ?? open(region);
    clients.set(region, client);
    return client;
  };
  const open = async (region: string) => {
    const sdk = await import('@aws-sdk/client-elastic-load-balancing-v2');
    return new sdk.ElasticLoadBalancingV2Client(awsClientConfig({ ...aws, region }));
  };

  const read: ListenerRules = async (targetGroups, asked = {}) => {
    const [, , , region = ''] = targetGroups[0]?.split(':') ?? [];
    const [sdk, client] = await Promise.all([import('@aws-sdk/client-elastic-load-balancing-v2'), clientOf(region)]);
    const call = <T>(attempted: string, work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> =>
      callAws(
        { dependency: 'load balancer', attempted, within: aws.within ?? seconds(3), ...asked, retry: 'safe' },
        work,
      );

    const found = await call('DescribeTargetGroups', (abortSignal) =>
      client.send(new sdk.DescribeTargetGroupsCommand({ TargetGroupArns: [...targetGroups] }), { abortSignal }),
    );
    const known = found.TargetGroups ?? [];
    const unknown = targetGroups.find((arn) => !known.some(({ TargetGroupArn }) => TargetGroupArn === arn));
    if (unknown !== undefined) throw new DependencyRefused('load balancer', `there is no target group ${unknown}`);
    const loadBalancers = [...new Set(known.flatMap(({ LoadBalancerArns = [] }) => LoadBalancerArns))];
    const listeners = await Promise.all(
      loadBalancers.map((LoadBalancerArn) =>
        allPages<Listener>((Marker) =>
          call('DescribeListeners', async (abortSignal) => {
            const page = await client.send(new sdk.DescribeListenersCommand({ LoadBalancerArn, Marker }), {
              abortSignal,
            });
            return { items: page.Listeners, next: page.NextMarker };
          }),
        ),
      ),
    );
    const rules = await Promise.all(
      listeners.flat().map(async (listener) => {
        const its = await allPages<Rule>((Marker) =>
          call('DescribeRules', async (abortSignal) => {
            const input = new sdk.DescribeRulesCommand({ ListenerArn: listener.ListenerArn, Marker });
            const page = await client.send(input, { abortSignal });
            return { items: page.Rules, next: page.NextMarker };
          }),
        );
        return its.flatMap((rule) => forwardingRule(listener, rule));
      }),
    );
    return rules.flat();
  };
  const kept = new Map<string, { readonly at: Instant; readonly rules: readonly ListenerRule[] }>();
  return async (targetGroups, asked) => {
    const key = targetGroups.join();
    const known = kept.get(key);
    if (known !== undefined && between(known.at, now()) < fresh) return known.rules;
    const at = now();
    const rules = await read(targetGroups, asked);
    kept.set(key, { at, rules });
    return rules;
  };
}

interface Page<T> {
  readonly items: readonly T[] | undefined;
  readonly next: string | undefined;
}

async function allPages<T>(read: (marker: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let marker: string | undefined;
  do {
    const { items = [], next }: Page<T> = await read(marker);
    all.push(...items);
    marker = next;
  } while (marker !== undefined && marker !== '');
  return all;
}

/** A forward to one target group may be said in the short form; the weight of one that has none is 1. */
function forwardingRule(
  { Protocol, Port }: Listener,
  { Actions = [], Conditions = [], Priority }: Rule,
): ListenerRule[] {
  const forward = Actions.findLast(({ Type }) => Type === 'forward');
  if (forward === undefined) return [];
  const { ForwardConfig, TargetGroupArn } = forward;
  const tuples = ForwardConfig?.TargetGroups ?? (TargetGroupArn === undefined ? [] : [{ TargetGroupArn }]);
  return [
    {
      label: `${Protocol}:${Port}, rule ${Priority}`,
      hosts: Conditions.flatMap(hostsOf),
      forwards: tuples.map(({ TargetGroupArn: targetGroup = '', Weight: weight = 1 }) => ({ targetGroup, weight })),
      isSticky: ForwardConfig?.TargetGroupStickinessConfig?.Enabled === true,
    },
  ];
}

/** A condition by regular expressions may be for any host. */
const hostsOf = ({ Field, Values = [], HostHeaderConfig }: RuleCondition): string[] =>
  Field === 'host-header' ? (HostHeaderConfig?.Values ?? Values) : [];
