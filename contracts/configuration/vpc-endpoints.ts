import type { Configuration } from './configuration.ts';
import { metricSourcesOf } from './service.ts';

/** What the functions call that enter clusters: seals of approvals and of the audit, secrets, state machines, events, images, pages and mails of the watch, and where a cluster is. */
const always = ['ecr.api', 'eks', 'email', 'events', 'kms', 'secretsmanager', 'sns', 'states'] as const;

/**
 * The interface endpoints that functions in a VPC need where its subnets have no NAT gateway, by the last part of their service names,
 * sorted. Those of DynamoDB and S3 are gateway endpoints, which cost nothing. STS is not among them: the token for a cluster is signed
 * without a request. Not confirmed: that SES's API is `email`.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */
export function interfaceEndpoints({ services }: Pick<Configuration, 'services'>): readonly string[] {
  const sources = services.flatMap(metricSourcesOf);
  const images = services.map(({ validation }) => validation.image);
  const optional: readonly (readonly [endpoint: string, needed: boolean])[] = [
    ['ecr.dkr', images.some(({ signature, sbom }) => signature === 'required' || sbom === 'required')],
    ['inspector2', images.some(({ critical, scanner }) => critical !== null && scanner === 'inspector')],
    ['monitoring', sources.some(({ kind }) => kind === 'cloudwatch')],
    ['aps-workspaces', sources.some((source) => source.kind !== 'cloudwatch' && source.auth?.kind === 'sigv4')],
    ['elasticloadbalancing', services.some(({ traffic }) => traffic.targetGroups !== null)],
  ];
  return [...always, ...optional.flatMap(([endpoint, needed]) => (needed ? [endpoint] : []))].sort();
}
