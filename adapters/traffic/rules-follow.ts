import { environmentNames, type Weights } from '../../contracts/names.ts';
import { weightWords } from '../../contracts/words.ts';
import type { GatewayState } from './gateway-status.ts';
import type { ListenerRule } from './listener-rules.ts';
import type { EnvironmentTargets } from './weighted-route.ts';

export interface WantedRules {
  /** The ARN of each environment's target group. */
  readonly targetGroups: EnvironmentTargets;
  /** What the route is for, in small letters; `*` is every host. */
  readonly hosts: readonly string[];
  readonly weights: Weights;
}

/**
 * Whether a load balancer routes by these weights: every rule for the hosts of the route that forwards to the environments splits as they
 * say, and to nothing else. A rule that is for other hosts and leads to one environment is a preview.
 *
 * This is what the load balancer was told. Its nodes take up a changed rule a short time later, how much later AWS does not say.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-rule.html
 */
export function rulesFollow(
  rules: readonly ListenerRule[],
  { targetGroups, hosts, weights }: WantedRules,
): GatewayState {
  const ours = environmentNames.map((environment) => targetGroups[environment]);
  const leading = rules
    .map((rule) => ({ ...rule, reached: ours.filter((arn) => rule.forwards.some((one) => one.targetGroup === arn)) }))
    .filter((rule) => rule.reached.length > 0 && (rule.reached.length > 1 || isForOurs(rule, hosts)));
  if (leading.length === 0) {
    return { kind: 'pending', reason: 'no rule of the load balancer forwards to its target groups for its hosts' };
  }
  for (const { label, forwards, isSticky } of leading) {
    const stranger = forwards.find(({ targetGroup }) => !ours.includes(targetGroup));
    if (stranger !== undefined) {
      return { kind: 'refused', problem: `${label} of the load balancer also forwards to ${stranger.targetGroup}` };
    }
    if (isSticky) {
      const problem = `${label} of the load balancer keeps clients on a target group, whatever the weights say`;
      return { kind: 'refused', problem };
    }
  }
  for (const { label, forwards } of leading) {
    const seen = { blue: shareOf(forwards, targetGroups.blue), green: shareOf(forwards, targetGroups.green) };
    if (seen.blue === weights.blue && seen.green === weights.green) continue;
    const reason = `${label} of the load balancer has ${weightWords(seen)}, not yet ${weightWords(weights)}`;
    return { kind: 'pending', reason };
  }
  return { kind: 'follows' };
}

function isForOurs(rule: Pick<ListenerRule, 'hosts'>, hosts: readonly string[]): boolean {
  if (rule.hosts.length === 0 || hosts.length === 0 || hosts.includes('*')) return true;
  return rule.hosts.some((pattern) => hosts.some((host) => matches(pattern.toLowerCase(), host)));
}

/** `*` is any number of characters, `?` exactly one. */
const matches = (pattern: string, host: string): boolean =>
  new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, (one) => wildcards[one] ?? `\\${one}`)}$`).test(host);

const wildcards: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };

/** In percent of all that the rule forwards; a target group that it does not name gets nothing. */
function shareOf(forwards: ListenerRule['forwards'], targetGroup: string): number {
  const all = forwards.reduce((sum, { weight }) => sum + weight, 0);
  const its = forwards.filter((one) => one.targetGroup === targetGroup).reduce((sum, { weight }) => sum + weight, 0);
  return all === 0 ? 0 : Math.round((its / all) * 1_000) / 10;
}
