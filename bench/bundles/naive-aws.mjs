// A webhook as one would write it: the SDK's clients, imported whole.
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SFN } from '@aws-sdk/client-sfn';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';

const table = DynamoDBDocument.from(new DynamoDB());
const machines = new SFN();
const secrets = new SecretsManager();

export async function handler(event) {
  const { SecretString } = await secrets.getSecretValue({ SecretId: 'sluice/alertmanager-token' });
  if (event.headers.authorization !== `Bearer ${SecretString}`) return { statusCode: 401 };
  const stateMachineArn = process.env.SLUICE_ROLLBACK_MACHINE;
  const { executionArn } = await machines.startExecution({ stateMachineArn, name: 'naive', input: event.body });
  await table.put({ TableName: 'sluice', Item: { pk: 'DELIVERIES', sk: executionArn } });
  return { statusCode: 202 };
}
