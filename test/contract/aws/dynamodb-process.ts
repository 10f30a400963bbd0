import { startDynamoDb } from '../../../sandbox/aws/start-dynamodb.ts';

/** A process of its own, to be killed: `node dynamodb-process.ts DATA_DIR` prints its endpoint. */
const { endpoint } = await startDynamoDb({ port: 0, dataDir: process.argv[2] ?? '' });
console.log(endpoint);
