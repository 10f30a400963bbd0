// A webhook as one would write it: the SDK's clients, imported whole.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';

const table = DynamoDBDocumentClient.from(new DynamoDBClient());
const machines = new SFNClient();

export async function handler(event) {
  await table.send(new PutCommand({ TableName: 'deliveries', Item: { id: event.id } }));
  await machines.send(new StartExecutionCommand({ stateMachineArn: 'arn', input: JSON.stringify(event) }));
}
