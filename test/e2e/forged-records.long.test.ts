import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { auditSchema } from '../../contracts/api/audit.ts';
import type { ApiOperation } from '../../contracts/api/operation.ts';
import { instant } from '../../contracts/instant.ts';
import type { AuditEntry } from '../../contracts/records/audit-entry.ts';
import { chainEntry } from '../../core/audit/chain.ts';
import { tableName } from '../../sandbox/install.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

/** Approvals are read again every two seconds. */
const { sandbox, pipeline } = observedSandbox(...configured(quick));
const service = 'chest-xray-mlops';
const approvers = ['ana@example.com', 'ben@example.com', 'cleo@example.com'];

/** As somebody does who may write the table, by keys of their own, and by no function of Sluice. */
const table = () =>
  new DynamoDBClient({
    endpoint: sandbox.ready.endpoints.dynamodb,
    region: sandbox.ready.aws.region,
    credentials: sandbox.ready.aws,
  });
const write = (item: object) =>
  table().send(
    new PutItemCommand({
      TableName: tableName,
      Item: marshall({ format: 1, ...item }, { removeUndefinedValues: true }),
    }),
  );
const read = async (pk: string, sk: string) =>
  unmarshall((await table().send(new GetItemCommand({ TableName: tableName, Key: marshall({ pk, sk }) }))).Item ?? {});
const pages = async () => JSON.stringify(await pipeline.api('/api/sandbox/pages'));
const seen = () => fetch(`${sandbox.ready.endpoints.sns}/store`).then((answer) => answer.text());

async function verify(...words: string[]) {
  const child = spawn(process.execPath, ['cli/main.ts', 'audit', 'verify', ...words], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { ...process.env, SLUICE_READY_FILE: join(sandbox.dataDir, 'ready-for-the-test.json') },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const [code] = await once(child, 'exit');
  return { code, printed };
}

it('decisions that somebody wrote into the table are shown as forged, move nothing and wake the on-call; people decide all the same', async () => {
  const { workflowRunPayload } = await pipeline.release('v7.0.1');
  const { operation: id } = (await (await pipeline.deliver(workflowRunPayload)).json()) as { operation: string }; // the webhook's own answer
  await pipeline.inState(id, 'awaiting-approval');
  // What is written over below is whole by then.
  await pipeline.linksOf('v7.0.1', approvers, id);
  const { release } = await read(`OPERATION#${id}`, 'OPERATION');
  const made = (approver: string) => ({
    approver,
    decision: 'approve',
    reason: null,
    at: new Date().toISOString(),
    via: 'signed-in',
    digest: release.digest,
  });

  for (const approver of approvers) {
    await write({
      pk: `DECISION#${id}`,
      sk: `DECISION#${approver}`,
      operation: id,
      mac: 'Zm9yZ2Vk',
      ...made(approver),
    });
  }
  const request = await read(`APPROVAL#${id}`, 'APPROVAL');
  await write({ ...request, decisions: approvers.map(made) });

  await until('the on-call is told', patienceMs, async () =>
    `${await pages()} ${await seen()}`.includes('Nothing proves that Sluice wrote the decision of'),
  );
  const waiting = await pipeline.api<ApiOperation>(`/api/operations/${id}`);
  expect(waiting).toMatchObject({ state: 'awaiting-approval', outcome: null });
  expect(waiting.approvals).toMatchObject({ state: 'pending', decisions: [] });
  expect(waiting.approvals?.forged.map(({ approver }) => approver)).toEqual(approvers);
  await pipeline.approveAll('v7.0.1', id);
  await pipeline.endsAs(id, 'succeeded');
});

it('a chain that somebody wrote anew as a whole is found out', async () => {
  for (const action of ['freeze', 'unfreeze']) {
    await pipeline.post(`/api/services/${service}/${action}`, { reason: 'incident 7' }, 'dana@example.com');
  }
  const found = auditSchema.parse(await pipeline.api(`/api/services/${service}/audit`));
  expect((await verify('--service', service)).code).toBe(0);
  expect(found.seals?.every(({ state }) => state === 'sealed')).toBe(true);

  let previous: AuditEntry | null = null;
  for (const { at, action, phase, details } of found.entries) {
    previous = chainEntry(found.chain, previous, {
      at: instant(at),
      actor: 'cleo@example.com',
      action,
      phase,
      details,
    });
    const sk = `AUDIT#${String(previous.seq).padStart(8, '0')}`;
    const { seal } = await read(`AUDIT#${found.chain}`, sk);
    await write({ ...previous, seal, pk: `AUDIT#${found.chain}`, sk });
  }
  await write({ pk: `AUDIT#${found.chain}`, sk: 'HEAD', seq: previous?.seq, hash: previous?.hash });

  const { seals } = auditSchema.parse(await pipeline.api(`/api/services/${service}/audit`));
  expect(new Set(seals?.map(({ state }) => state))).toEqual(new Set(['forged']));
  const { code, printed } = await verify('--service', service);
  expect([code, printed]).toEqual([4, expect.stringContaining('NotProven')]);
  expect(printed).toContain('(freeze by cleo@example.com) has a seal that is not its own');
  // Of a chain whose seals nobody asks for, the anchor says it.
  await until('the on-call is told', patienceMs, async () =>
    `${await pages()} ${await seen()}`.includes('wrote audit entry'),
  );
});
