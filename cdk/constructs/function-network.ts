import { Stack } from 'aws-cdk-lib';
import {
  CfnVPCEndpoint,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { metricSourcesOf } from '../../contracts/configuration/service.ts';
import type { Network } from '../installation.ts';
import type { Use } from '../use.ts';

/**
 * The operator's own VPC and subnets for the functions that reach the clusters, Prometheus and previews. Sluice brings gateway
 * endpoints for DynamoDB, and for S3 where audits are anchored, and no NAT: other services, and GitHub, are reached over what the subnets have.
 */
export class FunctionNetwork extends Construct {
  readonly placement: {
    readonly vpc: IVpc;
    readonly vpcSubnets: SubnetSelection;
    readonly securityGroups: ISecurityGroup[];
  };
  readonly securityGroup: SecurityGroup;
  /** What Lambda needs of the function's role to stand in a VPC. */
  readonly use: Use;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly name: string; readonly network: Network; readonly configuration: Configuration },
  ) {
    super(scope, id);
    const { name, network, configuration } = props;
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: network.vpcId,
      // Only the ids are used; CDK wants as many zones as subnets.
      availabilityZones: network.subnetIds.map((subnet) => `zone of ${subnet}`),
      privateSubnetIds: [...network.subnetIds],
    });
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      securityGroupName: `${name}-functions`,
      description: 'Sluice functions that reach the clusters: they call out and are called by nobody.',
      allowAllOutbound: false,
    });
    for (const port of portsOf(configuration)) {
      this.securityGroup.addEgressRule(
        Peer.anyIpv4(),
        Port.tcp(port),
        `Clusters, AWS, metrics and previews on ${port}.`,
      );
    }
    if (network.routeTableIds.length > 0) {
      this.#addGateway('TableEndpoint', 'dynamodb', network);
      if (configuration.audit.anchor !== null) this.#addGateway('BucketEndpoint', 's3', network);
    }
    this.placement = { vpc, vpcSubnets: { subnets: vpc.privateSubnets }, securityGroups: [this.securityGroup] };
    this.use = { statements: interfaceStatements() };
  }

  #addGateway(id: string, service: 'dynamodb' | 's3', { vpcId, routeTableIds }: Network): void {
    new CfnVPCEndpoint(this, id, {
      vpcId,
      vpcEndpointType: 'Gateway',
      serviceName: `com.amazonaws.${Stack.of(this).region}.${service}`,
      routeTableIds: [...routeTableIds],
    });
  }
}

/** AWSLambdaVPCAccessExecutionRole without its rights on logs. These actions know no resources before the interface exists. */
const interfaceStatements = (): PolicyStatement[] => [
  new PolicyStatement({
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  }),
];

/** Every port on which something is that the configuration names; 443 for AWS. The watch pages by webhooks as well. */
function portsOf({ services, clusters, github }: Configuration): number[] {
  const urls = [
    github.apiUrl,
    ...clusters.flatMap(({ address }) => address?.endpoint ?? []),
    ...services.flatMap(({ notify }) => notify.page.webhook ?? []),
    ...services.flatMap((service) => [
      service.environments.blue.preview,
      service.environments.green.preview,
      // Placeholders in templates stand in paths and queries.
      ...metricSourcesOf(service).flatMap((source) =>
        source.kind === 'cloudwatch' ? [] : [source.url.replace(/\{\{.*?\}\}/g, 'x')],
      ),
    ]),
  ];
  const ports = urls.map((url) => {
    const { port, protocol } = new URL(url);
    return port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
  });
  return [...new Set([443, ...ports])].sort((a, b) => a - b);
}
