import { startStepFunctions } from '../sandbox/stepfunctions/start-step-functions.ts';

/** An engine in a process of its own: `node engine-process.ts DATA_DIR LAMBDA_URL SYNC`. Prints its endpoint. */
const [dataDir = '', lambda = '', sync] = process.argv.slice(2);
const { endpoint } = await startStepFunctions({
  port: 0,
  dataDir,
  sync: sync === 'true',
  region: 'us-east-1',
  accountId: '123456789012',
  endpoints: { lambda },
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  onStatusChange: async ({ detail }) => {
    if (detail.status === 'RUNNING') return;
    await fetch(`${lambda}/ended`, { method: 'POST', body: JSON.stringify({ executionArn: detail.executionArn }) });
  },
});
process.stdout.write(`${endpoint}\n`);
