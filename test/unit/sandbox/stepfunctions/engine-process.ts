import { startStepFunctions } from '../../../../sandbox/stepfunctions/start-step-functions.ts';

/** An engine in a process of its own, to be killed: `node engine-process.ts DATA_DIR LAMBDA_URL`. Prints its endpoint. */
const [dataDir = '', lambda = ''] = process.argv.slice(2);
const { endpoint } = await startStepFunctions({
  port: 0,
  dataDir,
  region: 'us-east-1',
  accountId: '123456789012',
  endpoints: { lambda },
  credentials: { accessKeyId: 'engine', secretAccessKey: 'secret' },
  onStatusChange: async ({ detail }) => {
    await fetch(`${lambda}/status`, { method: 'POST', body: JSON.stringify(detail) });
  },
});
process.stdout.write(`${endpoint}\n`);
