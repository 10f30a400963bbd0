import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tableName } from '../../sandbox/install.ts';
import { kubectlOf } from '../support/kubectl.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { type Pipeline, pipelineOf } from '../support/pipeline.ts';
import { type SandboxProcess, startSandboxProcess } from '../support/sandbox-process.ts';

/** What docs/runbooks/recover-the-table.md and recover-the-cluster.md say of the first operation after a loss, gone through on a sandbox. */
const service = '/api/services/chest-xray-mlops';
let sandbox: SandboxProcess;
let pipeline: Pipeline;
beforeEach(async () => {
  // No recorder: it holds the invariants against records, and here they are gone.
  sandbox = await startSandboxProcess(...configured(quick));
  pipeline = pipelineOf(sandbox);
});
afterEach(() => sandbox.dispose());

const empty = async () => {
  const { endpoints, aws } = sandbox.ready;
  const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: aws.region, credentials: aws });
  for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName })) {
    for (const { pk, sk } of Items) {
      if (pk === undefined || sk === undefined) throw new Error('an item has no key');
      await client.send(new DeleteItemCommand({ TableName: tableName, Key: { pk, sk } }));
    }
  }
};
const ask = async (path: string, body: object) => {
  const answer = await pipeline.post(path, { service: 'chest-xray-mlops', ...body });
  expect(answer).toMatchObject({ status: 202 });
  return pipeline.settled(String(answer.body.operation));
};
const goBack = () => ask('/api/rollbacks', { version: 'last-known-good', reason: 'it is bad', emergency: true });

it('with the table empty the commits of before are foreign; once they are proposed, a release goes in, and comes back at once', async () => {
  await pipeline.deploy('v2.1.0');
  await goBack();
  await pipeline.release('v2.2.0');
  await empty();

  const before = await pipeline.service();
  const unknown = await goBack();
  const stopped = await ask('/api/deployments', { version: 'v2.2.0' });
  const { foreign } = await pipeline.api<{ foreign: { head: string } }>(`${service}/branches/green`);
  const proposal = { kind: 'propose', head: foreign.head, reason: 'the table was lost' };
  // Whoever puts it before the approvers is none of them.
  const proposed = await pipeline.post(`${service}/branches/green`, proposal, 'ben@example.com');
  const deployed = await pipeline.deploy('v2.2.0');
  const returned = await goBack();

  expect(before).toMatchObject({
    active: 'blue',
    holds: [],
    environments: { blue: { version: 'v2.0.5', weight: 100 } },
  });
  expect(unknown).toMatchObject({ outcome: 'failed-validation', reason: expect.stringContaining('break-glass') });
  expect(stopped).toMatchObject({ outcome: 'failed-validation', reason: expect.stringContaining('branch propose') });
  expect(proposed.status).toBeLessThan(300);
  expect(deployed).toMatchObject({ outcome: 'succeeded', target: 'green' });
  expect(returned).toMatchObject({ outcome: 'succeeded' });
  expect(await pipeline.service()).toMatchObject({
    active: 'blue',
    environments: { blue: { version: 'v2.0.5', weight: 100 } },
  });
});

it('a route that was made anew freezes the service once, with the traffic where it was, and then works as before', async () => {
  await pipeline.deploy('v2.1.0');
  const kubectl = kubectlOf(sandbox);
  const route = ['virtualservice', 'chest-xray-mlops', '-n', 'production'];
  const { apiVersion, kind, spec } = JSON.parse(await kubectl('get', ...route, '-o', 'json'));
  await kubectl('delete', ...route);
  const file = join(sandbox.dataDir, 'route.json');
  await writeFile(file, JSON.stringify({ apiVersion, kind, metadata: { name: route[1], namespace: route[3] }, spec }));
  await kubectl('create', '-f', file);

  const half = async () => {
    const asked = { from: 'green', to: 'blue', percentage: 50, for: '2s', reason: 'is the route well' };
    const answer = await pipeline.post(`${service}/traffic`, asked);
    return pipeline.settled(String(answer.body.operation));
  };

  const first = await half();
  const frozen = await pipeline.service();
  await pipeline.post(`${service}/unfreeze`, { reason: 'the route was made anew' });
  const second = await half();

  expect(first).toMatchObject({ outcome: 'frozen', reason: expect.stringContaining('FenceLost') });
  expect(frozen).toMatchObject({ active: 'green', environments: { green: { weight: 100 }, blue: { weight: 0 } } });
  expect(frozen.frozen).not.toBeNull();
  // A split ends as expired: all of it went back when its time was over.
  expect(second).toMatchObject({ outcome: 'expired' });
  expect((await pipeline.service()).environments.green.weight).toBe(100);
});
