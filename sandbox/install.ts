import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { tableDefinition } from '../adapters/store/table.ts';
import { readDefinition } from '../statemachines/read-definition.ts';
import { operatorKey } from './credentials.ts';

/** The machines, in the order in which they can be installed: deployment and traffic start the other two. */
export const machineNames = ['standby', 'rollback', 'traffic', 'deployment'] as const;
export type MachineName = (typeof machineNames)[number];

export const tableName = 'sluice';

/** Creates Sluice's table unless it is there. */
export async function installTable(endpoint: string, name: string = tableName): Promise<void> {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    // A copy: the client writes into what it is given.
    credentials: { ...operatorKey },
  });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: tableDefinition.BillingMode,
        KeySchema: [...tableDefinition.KeySchema],
        AttributeDefinitions: [...tableDefinition.AttributeDefinitions],
        GlobalSecondaryIndexes: tableDefinition.GlobalSecondaryIndexes.map((index) => ({
          ...index,
          KeySchema: [...index.KeySchema],
        })),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  // A table that is being created refuses writes.
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 }, { TableName: name });
  client.destroy();
}

/** A machine's definition as JSON text, with the ARNs of the functions and machines filled in. */
export function definitionOf(machine: MachineName, arns: Readonly<Record<string, string>>): string {
  const file = join(import.meta.dirname, '..', 'statemachines', machine, 'definition.asl.yaml');
  const arnOf = (name: string): string => {
    const arn = arns[name];
    if (arn === undefined) throw new Error(`${file} names \${${name}}, of which no ARN is known.`);
    return arn;
  };
  return JSON.stringify(readDefinition(file, arnOf));
}

/** Creates or updates the machines. Executions under way go on with the definition they began with. */
export async function installMachines(endpoint: string, arns: Readonly<Record<string, string>>): Promise<void> {
  const { SFNClient, CreateStateMachineCommand, UpdateStateMachineCommand, StateMachineAlreadyExists } = await import(
    '@aws-sdk/client-sfn'
  );
  const client = new SFNClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  });
  for (const name of machineNames) {
    const definition = definitionOf(name, arns);
    try {
      await client.send(
        new CreateStateMachineCommand({
          name: `sluice-${name}`,
          definition,
          roleArn: 'arn:aws:iam::123456789012:role/sluice-states',
        }),
      );
    } catch (error) {
      if (!(error instanceof StateMachineAlreadyExists)) throw error;
      await client.send(new UpdateStateMachineCommand({ stateMachineArn: arns[name], definition }));
    }
  }
  client.destroy();
}
