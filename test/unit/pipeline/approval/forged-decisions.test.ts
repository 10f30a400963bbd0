import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../../adapters/store/store.ts';
import type { Execution } from '../../../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { seconds } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import type { ApprovalDecision } from '../../../../contracts/records/approval.ts';
import { createHandler as createNotify } from '../../../../functions/notify/handler.ts';
import { readApproval } from '../../../../pipeline/approval/await-approval.ts';
import { whyNotApproved } from '../../../../pipeline/approval/confirm-approval.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { editItem, testSeals } from '../../../support/table.ts';
import { sweepingIn } from '../support/sweeping.ts';
import { createWorld, executionOf, registerDeployment, start, type World } from '../support/world.ts';

const approvers = ['ana@example.com', 'mia@example.com'];

describe('a decision that somebody wrote into the table (I13)', () => {
  let world: World;
  let execution: Execution;
  let operation: string;
  let subject: string | null;
  beforeEach(async () => {
    world = await createWorld();
    ({ execution } = await registerDeployment(world, { name: 'deploy-1' }));
    operation = idOf(execution);
    await createNotify({ ...world, pagers: () => new Map(), newToken: newLinkToken })({
      action: 'request-approval',
      execution,
    });
    subject = (await world.store.approvals.read(operation))?.subject ?? null;
  });

  const made = (approver: string): ApprovalDecision => ({
    approver,
    decision: 'approve',
    reason: null,
    at: new Date(world.now()).toISOString(),
    via: 'signed-in',
    subject,
  });
  /** As a function does that has the right to. */
  const decide = (...decisions: ApprovalDecision[]) =>
    world.store.approvals.change(operation, (record) => ({
      ...record,
      decisions: [...record.decisions, ...decisions],
    }));
  /** As somebody does who can write the table and has no key. */
  const write = async (item: object) => {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...world.table.aws }));
    await client.send(new PutCommand({ TableName: world.table.tableName, Item: { format: 1, ...item } }));
    client.destroy();
  };
  const forge = (approver: string, fields: object = {}) =>
    write({
      pk: `DECISION#${operation}`,
      sk: `DECISION#${subject}#signed-in#${approver}`,
      ...made(approver),
      operation,
      mac: Buffer.from('made up').toString('base64'),
      ...fields,
    });
  const approval = () => world.store.approvals.read(operation);
  const confirm = async (service: ServiceConfiguration = world.service) => {
    const record = await world.store.operations.read(operation);
    if (record === null) throw new Error('there is no operation');
    return whyNotApproved(world, service, record);
  };
  const ask = () =>
    readApproval({ ...world, rescueDeadHolder: async () => undefined, publishKept: async () => undefined }, execution);

  it('counts for nothing: the operation waits on, and nothing is deployed', async () => {
    for (const approver of approvers) await forge(approver);

    expect(await ask()).toEqual({ outcome: 'pending' });
    expect(await confirm()).toContain(`The table has decisions of ${approvers.join(', ')} that Sluice did not write`);
    const record = await approval();
    expect([record?.decisions, record?.forged?.map(({ approver }) => approver)]).toEqual([[], approvers]);
  });

  it('is no forgery where KMS cannot be asked: whoever waits is told to ask again, and nothing is deployed on it', async () => {
    await decide(...approvers.map(made));
    const away = new DependencyUnavailable('KMS', 'it does not answer');
    const verify = async () => {
      throw away;
    };
    const seals = testSeals();
    const store = openStore(world.table, () => undefined, { ...seals, decisions: { ...seals.decisions, verify } });
    const without = { ...world, store };

    const asked = readApproval(
      { ...without, rescueDeadHolder: async () => undefined, publishKept: async () => undefined },
      execution,
    );
    await expect(asked).rejects.toBe(away);
    const record = await world.store.operations.read(operation);
    if (record === null) throw new Error('there is no operation');
    await expect(whyNotApproved(without, world.service, record)).rejects.toBe(away);
    // It answers again, and what was decided stands.
    expect(await ask()).toMatchObject({ outcome: 'approved' });
    expect(await confirm()).toBeNull();
  });

  it('is none either where KMS does not seal it: nothing of it is written', async () => {
    const seals = testSeals();
    const make = async () => {
      throw new DependencyUnavailable('KMS', 'it does not answer');
    };
    const store = openStore(world.table, () => undefined, { ...seals, decisions: { ...seals.decisions, make } });
    const before = await approval();

    const decided = store.approvals.change(operation, (record) => ({
      ...record,
      decisions: approvers.map(made),
    }));

    await expect(decided).rejects.toMatchObject({ name: 'DependencyUnavailable' });
    expect(await approval()).toEqual(before);
  });

  it('keeps nobody from deciding: who is named in it decides, and that counts', async () => {
    for (const approver of approvers) await forge(approver);

    await decide(...approvers.map(made));

    expect(await ask()).toEqual({ outcome: 'approved' });
    expect(await confirm()).toBeNull();
    expect((await approval())?.forged).toBeUndefined();
  });

  it.each<[string, object]>([
    ['without a seal', { mac: null }],
    ['with the seal of another person', { approver: 'ben@example.com' }],
    ['that says otherwise than it was sealed', { decision: 'reject', reason: 'no' }],
    ['on another subject', { subject: 'ef'.repeat(32) }],
  ])('%s is found out', async (_, fields) => {
    const { at, ...rest } = made('ana@example.com');
    const mac = await testSeals().decisions.make({ at, ...rest, operation });
    await forge('ana@example.com', { mac, ...fields });

    expect(await approval()).toMatchObject({ decisions: [], forged: [expect.anything()] });
  });

  it('that was sealed for another operation is found out', async () => {
    const { execution: other } = await registerDeployment(world, { name: 'deploy-2' });
    const mac = await testSeals().decisions.make({ ...made('ana@example.com'), operation: idOf(other) });

    await forge('ana@example.com', { mac });
    await forge('mia@example.com', { mac, operation: idOf(other) });

    expect(await approval()).toMatchObject({ decisions: [], forged: [expect.anything(), expect.anything()] });
  });

  it('stands in no request either, nor does a rule that somebody made easier', async () => {
    const key = { pk: `APPROVAL#${operation}`, sk: 'APPROVAL' };
    await editItem(world.table, key, 'decisions', approvers.map(made));
    expect(await ask()).toEqual({ outcome: 'pending' });

    await editItem(world.table, key, 'rules', [{ role: 'devops', members: ['eve@example.com'], count: 0 }]);

    // Who reads the request is deceived, who acts is not.
    expect(await ask()).toEqual({ outcome: 'approved' });
    expect(await confirm()).toContain('not proven');
  });

  it('stands in no operation either: whoever took part does not count, though somebody takes them out of it', async () => {
    const { execution: other } = await registerDeployment(world, { name: 'deploy-2' });
    const id = idOf(other);
    const ana = { as: 'author' as const, login: null, mail: 'ana@example.com', name: 'Ana' };
    const contributors = { people: [ana], commits: 2, complete: true };
    const since = { changes: null, chart: null, manifests: null, unknown: [] };
    await world.store.operations.update(id, { contributors });
    await world.store.subjects.putGathered(id, { since, contributors });
    const record = async () => world.store.approvals.read(id);
    await createNotify({ ...world, pagers: () => new Map(), newToken: newLinkToken })({
      ...{ action: 'request-approval', execution: other },
    });
    expect((await record())?.excluded).toContain('ana@example.com');

    // What a function may do that writes operations and requests of approval.
    await world.store.operations.update(id, { contributors: { ...contributors, people: [] } });
    await editItem(world.table, { pk: `APPROVAL#${id}`, sk: 'APPROVAL' }, 'excluded', []);
    const about = (await record())?.subject ?? null;
    await world.store.approvals.change(id, (one) => ({
      ...one,
      decisions: [...one.decisions, ...approvers.map((approver) => ({ ...made(approver), subject: about }))],
    }));

    const operation = await world.store.operations.read(id);
    expect(operation && (await whyNotApproved(world, world.service, operation))).toContain('is not proven');
  });

  it('that is no decision at all is a forgery, and keeps nobody from theirs', async () => {
    await write({ pk: `DECISION#${operation}`, sk: 'DECISION#x', approver: 'eve@example.com', via: 'console', at: 7 });

    await decide(...approvers.map(made));

    expect((await approval())?.forged).toMatchObject([{ approver: 'eve@example.com' }]);
    expect(await confirm()).toBeNull();
  });

  it('about another image than is about to go in approves nothing', async () => {
    await decide(...approvers.map(made));
    await world.store.operations.update(operation, {
      release: {
        version: 'v2.1.0',
        commit: 'c0ffee'.padEnd(40, '0'),
        chartTree: null,
        digest: `sha256:${'ef'.repeat(32)}`,
      },
    });

    expect(await confirm()).toContain('was approved');
  });

  it.each<[what: string, change: (service: ServiceConfiguration) => object, sentence: string]>([
    ['other steps', ({ traffic }) => ({ traffic: { ...traffic, steps: [100] } }), 'The list of steps is 100 %, but '],
    [
      'shorter steps',
      ({ traffic }) => ({ traffic: { ...traffic, interval: seconds(1) } }),
      'The time of a step is 1 s, but ',
    ],
    ['no bake time', () => ({ bake: seconds(1) }), 'The bake time is 1 s, but '],
    [
      'a shorter way back',
      ({ standby }) => ({ standby: { ...standby, keepWarm: seconds(1) } }),
      'The time that the old version stays warm is 1 s, but ',
    ],
  ])('about %s than sluice.yaml has by now approves nothing', async (_, change, sentence) => {
    await decide(...approvers.map(made));
    expect(await confirm()).toBeNull();

    const deployed = { ...world.service, ...change(world.service) };

    expect(await confirm(deployed)).toContain(sentence);
  });

  it('wakes the on-call, once, in plain words', async () => {
    const { sweep, is } = sweepingIn(world);
    is('deploy-1', 'RUNNING');
    await forge('ana@example.com');

    await sweep();
    await sweep();

    expect(world.pager.pages).toHaveLength(1);
    const [page] = world.pager.pages;
    expect(JSON.stringify(page)).toContain('the decision of ana@example.com to approve');
    expect(JSON.stringify(page)).toContain(`sluice audit verify ${operation}`);
  });

  it('an operation of which every record is sealed wakes nobody', async () => {
    const { sweep, is } = sweepingIn(world);
    is('deploy-1', 'RUNNING');
    await decide(...approvers.map(made));
    world.pass(120_000);

    await sweep();

    expect(world.pager.pages).toEqual([]);
    expect(executionOf('deploy-1', start)).toEqual(execution);
  });
});
