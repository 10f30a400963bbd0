import { beforeEach, describe, expect, it } from 'vitest';
import { createListenerRules, type ListenerRules } from '../../../adapters/traffic/listener-rules.ts';
import { seconds } from '../../../contracts/duration.ts';
import { later, parseInstant } from '../../../contracts/instant.ts';
import { type StandInRule, startLoadBalancing } from '../../../sandbox/aws/start-load-balancing.ts';
import { closedAfterwards } from '../aws/opened.ts';

const arnOf = (name: string) =>
  `arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/${name}/0123456789abcdef`;
const [blue, green, other] = ['shop-blue', 'shop-green', 'other'].map(arnOf) as [string, string, string];

describe('the rules of a load balancer', () => {
  let rules: StandInRule[];
  let clock = parseInstant('2026-11-30T10:00:00Z');
  let asked: ListenerRules;
  beforeEach(async () => {
    rules = [
      {
        hosts: ['shop.example.com'],
        forwards: [
          { targetGroup: blue, weight: 95 },
          { targetGroup: green, weight: 5 },
        ],
      },
    ];
    const standIn = await closedAfterwards(
      startLoadBalancing({ port: 0, targetGroups: () => [blue, green, other], rules: () => rules, pageSize: 2 }),
    );
    const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
    asked = createListenerRules({ endpoint: standIn.endpoint, credentials, now: () => clock });
  });

  it('are all that forward, with their hosts and weights, on however many pages', async () => {
    rules.push(
      { hosts: [], forwards: [{ targetGroup: other, weight: 1 }] },
      { hosts: ['*.example.com'], forwards: [{ targetGroup: green, weight: 1 }], isSticky: true },
    );

    expect(await asked([blue, green])).toEqual([
      {
        label: 'HTTP:80, rule 1',
        hosts: ['shop.example.com'],
        forwards: [
          { targetGroup: blue, weight: 95 },
          { targetGroup: green, weight: 5 },
        ],
        isSticky: false,
      },
      { label: 'HTTP:80, rule 2', hosts: [], forwards: [{ targetGroup: other, weight: 1 }], isSticky: false },
      {
        label: 'HTTP:80, rule 3',
        hosts: ['*.example.com'],
        forwards: [{ targetGroup: green, weight: 1 }],
        isSticky: true,
      },
    ]);
  });

  it('are none where no load balancer has the target groups', async () => {
    rules = [];

    expect(await asked([blue, green])).toEqual([]);
  });

  it('are read again after two seconds, and not sooner', async () => {
    await asked([blue, green]);
    rules = [];

    expect(await asked([blue, green])).toHaveLength(1);
    clock = later(clock, seconds(2));
    expect(await asked([blue, green])).toEqual([]);
  });

  it('are refused for a target group that does not exist', async () => {
    await expect(asked([blue, arnOf('gone')])).rejects.toMatchObject({
      name: 'DependencyRefused',
      message: expect.stringContaining('TargetGroupNotFound'),
    });
  });
});
