import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { type Use, wideResource } from '../use.ts';

/** What it takes to read the rules of the load balancers that route to the services; nothing where none does. */
export function readListenerRules(scope: IConstruct, { services }: Configuration): Use {
  const regions = services.flatMap(({ traffic: { targetGroups } }) => {
    const [, , , region] = targetGroups?.blue.split(':') ?? [];
    return region === undefined ? [] : [region];
  });
  if (regions.length === 0) return {};
  return {
    statements: [
      new PolicyStatement({
        actions: [
          'elasticloadbalancing:DescribeTargetGroups',
          'elasticloadbalancing:DescribeListeners',
          'elasticloadbalancing:DescribeRules',
        ],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestedRegion': [...new Set(regions)] } },
      }),
    ],
    acknowledged: [
      wideResource(scope, '*', 'Elastic Load Balancing knows no resources for describing; the regions are limited.'),
    ],
  };
}
