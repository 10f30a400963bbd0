import { type FunctionName, lambdaNameOf } from './functions.ts';
import { type MachineName, machineNames } from './install.ts';

/** Names by which the installation in the sandbox goes, as CDK gives them on AWS. */
export const region = 'us-east-1';
export const accountId = '123456789012';
export const eventBus = 'sluice';
export const auditBucket = `sluice-audit-${accountId}-${region}`;
export const pageTopic = `arn:aws:sns:${region}:${accountId}:sluice-page`;

/** Aliases of the keys of KMS by which records are sealed. */
export const sealKeys = { decisions: 'alias/sluice-decisions', audit: 'alias/sluice-audit' } as const;

/** Secrets by their names in Secrets Manager. */
export const secretNames = {
  githubWebhook: 'sluice/github-webhook',
  alertmanagerToken: 'sluice/alertmanager-token',
  apiToken: 'sluice/api-token',
  githubToken: 'sluice/github-token',
  githubReaderToken: 'sluice/github-reader-token',
  githubDeploymentsToken: 'sluice/github-deployments-token',
} as const;

export const arnOfMachine = (name: MachineName): string =>
  `arn:aws:states:${region}:${accountId}:stateMachine:sluice-${name}`;

const arnOfFunction = (name: FunctionName): string =>
  `arn:aws:lambda:${region}:${accountId}:function:${lambdaNameOf(name)}`;

/** What the definitions' `${name}` stand for. */
export const arns: Readonly<Record<string, string>> = Object.fromEntries([
  ...(['release', 'operation', 'observe', 'act', 'return-traffic', 'notify'] as const).map((name) => [
    name,
    arnOfFunction(name),
  ]),
  ...machineNames.map((name) => [name, arnOfMachine(name)]),
]);
