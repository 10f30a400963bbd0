import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { metricSourcesOf } from '../../contracts/configuration/service.ts';
import { type Use, wideResource } from '../use.ts';

/** What it takes to ask the sources of the services' metrics: their secrets, the workspaces of Amazon Managed Service for Prometheus, and CloudWatch. */
export function askMetrics(scope: IConstruct, { services }: Configuration): Use {
  const all = services.flatMap(metricSourcesOf);
  const regions = [...new Set(all.flatMap((source) => (source.kind === 'cloudwatch' ? [source.region] : [])))];
  const sources = all.filter((source) => source.kind !== 'cloudwatch');
  const secrets = sources.flatMap(({ auth }) => (auth === undefined || auth.kind === 'sigv4' ? [] : [auth.secret]));
  // Secrets Manager ends the name of a secret's ARN with six characters of its own.
  const secretArns = [...new Set(secrets)].map((secret) =>
    Stack.of(scope).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${secret}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  const workspaces = sources.flatMap(({ auth, url }) =>
    auth?.kind === 'sigv4'
      ? [
          Stack.of(scope).formatArn({
            service: 'aps',
            region: auth.region,
            resource: 'workspace',
            // Behind a proxy of one's own, the workspace is not known.
            resourceName: /\/workspaces\/([^/]+)/.exec(url)?.[1] ?? '*',
          }),
        ]
      : [],
  );
  const asksRules = services.some(({ postDeployment }) => postDeployment.monitoring?.rules != null);
  return {
    statements: [
      ...(secretArns.length === 0
        ? []
        : [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secretArns })]),
      ...(workspaces.length === 0
        ? []
        : [
            new PolicyStatement({
              actions: ['aps:QueryMetrics', ...(asksRules ? ['aps:ListRules'] : [])],
              resources: [...new Set(workspaces)],
            }),
          ]),
      ...(regions.length === 0
        ? []
        : [
            new PolicyStatement({
              actions: ['cloudwatch:GetMetricData'],
              resources: ['*'],
              conditions: { StringEquals: { 'aws:RequestedRegion': regions } },
            }),
          ]),
    ],
    acknowledged: [
      ...[...new Set(workspaces)]
        .filter((arn) => arn.endsWith('*'))
        .map((arn) =>
          wideResource(scope, arn, 'The address names no workspace; reading metrics is all that is allowed.'),
        ),
      ...(regions.length === 0
        ? []
        : [wideResource(scope, '*', 'CloudWatch knows no resources for reading metrics; the regions are limited.')]),
    ],
  };
}
