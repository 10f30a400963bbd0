import type { Environment } from '../functions/runtime/environment.ts';
import { accessKeyIdOf, type Credentials } from './credentials.ts';
import { type FunctionName, lambdaNameOf } from './functions.ts';
import { tableName } from './install.ts';
import { arnOfMachine, auditBucket, eventBus, region, sealKeys, secretNames } from './installation.ts';
import type { Ready } from './ready.ts';

export interface Surroundings {
  readonly credentials: Credentials;
  /** Addresses of the services, by their names in the ready file. */
  readonly endpoints: Omit<Ready['endpoints'], 'lambda'>;
  /** Path of `sluice.json`. */
  readonly configuration: string;
  /** Path of Helm. */
  readonly helm: string;
  /** Folder of the console's page as it was built. */
  readonly console: string;
}

/** The environment variables of each function: the same as on AWS, and an access key of its own, by which the stand-ins know it. */
export const functionEnvironments =
  ({ credentials, endpoints, configuration, helm, console }: Surroundings) =>
  (name: FunctionName): Environment => ({
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyIdOf(name),
    AWS_SECRET_ACCESS_KEY: credentials.keys[name],
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SFN: endpoints.stepfunctions,
    AWS_ENDPOINT_URL_SESV2: endpoints.ses,
    AWS_ENDPOINT_URL_ECR: endpoints.ecr,
    AWS_ENDPOINT_URL_EKS: endpoints.eks,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsmanager,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.events,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_KMS: endpoints.kms,
    AWS_ENDPOINT_URL_CLOUDWATCH: endpoints.cloudwatch,
    AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: endpoints.loadbalancing,
    // Lambda sets it.
    AWS_LAMBDA_FUNCTION_NAME: lambdaNameOf(name),
    SLUICE_CONFIGURATION: configuration,
    SLUICE_HELM: helm,
    // No CloudWatch reads the terminal.
    SLUICE_METRICS: 'none',
    SLUICE_TABLE: tableName,
    SLUICE_EVENT_BUS: eventBus,
    SLUICE_AUDIT_BUCKET: auditBucket,
    SLUICE_DECISION_KEY: sealKeys.decisions,
    SLUICE_AUDIT_KEY: sealKeys.audit,
    SLUICE_DEPLOYMENT_MACHINE: arnOfMachine('deployment'),
    SLUICE_ROLLBACK_MACHINE: arnOfMachine('rollback'),
    SLUICE_STANDBY_MACHINE: arnOfMachine('standby'),
    SLUICE_TRAFFIC_MACHINE: arnOfMachine('traffic'),
    SLUICE_GITHUB_WEBHOOK_SECRET: secretNames.githubWebhook,
    SLUICE_ALERTMANAGER_TOKEN_SECRET: secretNames.alertmanagerToken,
    SLUICE_API_TOKEN_SECRET: secretNames.apiToken,
    SLUICE_API_IDENTITY: 'token-header',
    SLUICE_CONSOLE: console,
    SLUICE_GITHUB_TOKEN_SECRET: secretNames.githubToken,
    SLUICE_GITHUB_READER_TOKEN_SECRET: secretNames.githubReaderToken,
    SLUICE_GITHUB_DEPLOYMENTS_TOKEN_SECRET: secretNames.githubDeploymentsToken,
  });
