import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OperationPage, OperationRange } from '../../../../adapters/store/operations.ts';
import { openStore, type Store } from '../../../../adapters/store/store.ts';
import type { TableOptions } from '../../../../adapters/store/table.ts';
import type { UnreadableRecord } from '../../../../contracts/errors.ts';
import { instant, parseInstant } from '../../../../contracts/instant.ts';
import { operationRecordSchema } from '../../../../contracts/records/operation.ts';
import { recordFormat } from '../../../../contracts/records/record.ts';
import { verifyChain } from '../../../../core/audit/chain.ts';
import { firstIdAt } from '../../../../core/operation/id.ts';
import { editItem, freshTable, testSeals } from '../../../support/table.ts';

const service = 'chest-xray-mlops';
const at = '2026-11-23T15:00:00.000Z';
const digest = `sha256:${'ab'.repeat(32)}`;
const token = 'callback-of-a-waiting-execution';
const hash = 'hash-of-a-mailed-token';

let store: Store;
let raw: DynamoDBDocumentClient;
let options: TableOptions;
let TableName: string;
let skipped: UnreadableRecord[];
beforeEach(async () => {
  options = await freshTable();
  TableName = options.tableName;
  raw = DynamoDBDocumentClient.from(new DynamoDBClient({ ...options.aws }));
  skipped = [];
  store = openStore(options, (error) => skipped.push(error), testSeals());
});

const put = (pk: string, sk: string, fields: object) =>
  raw.send(new PutCommand({ TableName, Item: { ...fields, pk, sk } }));
const edit = (pk: string, sk: string, field: string, value: unknown) => editItem(options, { pk, sk }, field, value);
const scan = async () => (await raw.send(new ScanCommand({ TableName }))).Items ?? [];

/** What the first version wrote, without anything that came later. */
const operation = (id: string) => ({
  id,
  kind: 'deployment' as const,
  service,
  trigger: { kind: 'dead-execution', service, operation: 'op', executionArn: 'arn', status: 'FAILED' } as const,
  actor: 'sluice',
  executionArn: 'arn',
  startedAt: at,
  deadline: at,
  state: 'awaiting-approval' as const,
  stateSince: at,
  outcome: null,
});
const putOperation = (id: string, changes: object = {}) =>
  put(`OPERATION#${id}`, 'OPERATION', { ...operation(id), ...changes });
const approval = {
  operation: 'op1',
  service,
  version: 'v2.1.0',
  requestedAt: at,
  expiresAt: at,
  remindedAt: null,
  escalatedAt: null,
  rules: [{ role: 'devops', members: ['ana@example.com'], count: 1 }],
  distinct: true,
  excluded: [],
  involved: [],
  unknownAuthors: [],
  subject: 'f0'.repeat(32),
  links: [{ hash, approver: 'ana@example.com', sentAt: null, subject: 'f0'.repeat(32) }],
  decisions: [],
  voided: [],
  asked: 1,
  supersededBy: null,
  taskToken: token,
  revision: 1,
};
const entry = { at: instant(0), actor: 'ana', action: 'set-weight', phase: 'intent' as const, details: { to: 5 } };
const release = {
  service,
  version: 'v2.1.0',
  commit: 'c0ffee'.padEnd(40, '0'),
  image: 'registry/chest-xray',
  digest,
  model: { name: 'chest-xray', metrics: { accuracy: 0.94 } },
  reversible: true,
  chart: null,
  chartTree: null,
  runId: 7,
  runAttempt: 1,
  author: null,
  committedAt: instant(0),
};
const evidence = {
  gatheredAt: instant(0),
  runUrl: 'https://github.com/runs/7',
  runConclusion: 'success' as const,
  commitOnBranch: true,
  workflow: 'ci.yml',
  actors: [],
  checks: [],
  unfinished: [],
  staging: null,
  model: null,
  image: null,
};
const delivery = (id: string, moment = at) => ({
  id,
  source: 'github' as const,
  service,
  at: moment,
  accepted: 'ignored' as const,
  reason: 'ping',
  started: null,
});
const hold = { version: 'v2.1.0', digest, reason: 'bad', operation: 'op1', at };
const claim = { operation: 'op1', kind: 'deployment' as const, executionArn: 'arn', at, deadline: at };

describe('the version of the format', () => {
  it('stands in every kind of record that is written', async () => {
    await store.operations.register(operationRecordSchema.parse(operation('op1')));
    await store.locks.acquire(service, claim);
    await store.locks.reconcileEpoch('another', 3);
    await store.locks.wait(service, 'op2', token);
    await store.candidates.replace(service, 'standard', null, {
      operation: 'op2',
      version: 'v1.0.0',
      commit: 'c',
      at,
      type: 'standard',
    });
    await store.approvals.create(approval);
    await store.approvals.putLink(hash, { operation: 'op2', approver: 'ana@example.com' }, at);
    const since = { changes: null, chart: null, manifests: null, unknown: [] };
    await store.subjects.putGathered('op2', { since, contributors: null });
    await store.releases.put(service, release, evidence);
    await store.releases.hold(service, hold);
    await store.releases.freeze(service, { reason: 'r', operation: null, by: 'ana', at });
    await store.audit.append('op2', entry);
    await store.deliveries.record(delivery('d1'));

    const items = await scan();
    const formats = items.map(({ pk, sk, format }) => [`${pk}/${sk}`, format]);
    expect(formats).toEqual(formats.map(([name]) => [name, recordFormat]));
    expect(new Set(items.map(({ sk }) => String(sk).split('#')[0]))).toEqual(
      new Set(
        'OPERATION LOCK WAITING CANDIDATE APPROVAL CHANGES LINK RELEASE HOLD FREEZE AUDIT HEAD DELIVERY'.split(' '),
      ),
    );
  });

  it('stays what it was when an item of before is changed: only its first writer knows all that is in it', async () => {
    await putOperation('op1');

    await store.operations.enter('op1', 'awaiting-lock', at);
    await store.releases.put(service, release, evidence);
    await edit(`RELEASE#${service}`, `RELEASE#${digest}`, 'format', recordFormat + 1);
    await store.releases.put(service, release, evidence);

    const formats = (await scan()).map(({ sk, format }) => [sk, format]);
    expect(formats).toEqual(
      expect.arrayContaining([
        ['OPERATION', undefined],
        [`RELEASE#${digest}`, recordFormat + 1],
      ]),
    );
  });
});

describe('operations of a time', () => {
  const idOn = (day: number, rest = 'a') =>
    `${firstIdAt(parseInstant(`2026-11-${day}T12:00:00Z`))}${rest.padEnd(10, '0')}`;
  const noon = (day: number) => parseInstant(`2026-11-${day}T12:00:00Z`);
  const all = [10, 11, 12, 13, 14].map((day) => idOn(day));
  beforeEach(async () => {
    for (const [index, id] of all.entries())
      await putOperation(id, { outcome: index % 2 === 0 ? 'succeeded' : 'failed' });
  });
  const page = (range: Partial<OperationRange>) => store.operations.page(service, { limit: 10, ...range });
  const idsOf = ({ operations }: OperationPage) => operations.map(({ id }) => id);

  it('are those that began in it, newest first: its first moment is in it and its last not', async () => {
    expect(idsOf(await page({}))).toEqual(all.toReversed());
    expect(idsOf(await page({ from: noon(11), to: noon(13) }))).toEqual([all[2], all[1]]);
  });

  it('come page by page, none twice and none left out, to the end', async () => {
    const seen: string[][] = [];
    for (let before: string | undefined; ; ) {
      const found = await page({ limit: 2, before });
      seen.push(idsOf(found));
      if (found.next === null) break;
      before = found.next;
    }

    expect(seen.flat()).toEqual(all.toReversed());
    expect(seen[0]).toHaveLength(2);
  });

  it('are sought by outcome, through all of the time', async () => {
    const found = await page({ outcome: 'failed', limit: 1 });

    expect(idsOf(found)).toEqual([all[3]]);
    expect(idsOf(await page({ outcome: 'failed', limit: 5, before: found.next ?? '' }))).toEqual([all[1]]);
  });

  it('remember each state that they enter, and when; entering the same again is none', async () => {
    const id = idOn(15);
    await putOperation(id, { state: 'validating' });
    await store.operations.enter(id, 'awaiting-approval', at);
    await store.operations.enter(id, 'awaiting-approval', '2026-11-30T00:00:00.000Z');
    await store.operations.enter(id, 'awaiting-lock', '2026-11-23T15:30:00.000Z');

    expect((await store.operations.read(id))?.phases).toEqual([
      { state: 'awaiting-approval', at },
      { state: 'awaiting-lock', at: '2026-11-23T15:30:00.000Z' },
    ]);
  });
});

describe('a record of another version', () => {
  it('has the defaults of what an earlier one did not know', async () => {
    await putOperation('op1');

    expect(await store.operations.read('op1')).toEqual({
      ...operation('op1'),
      ...{
        reason: null,
        endedAt: null,
        anchoredAt: null,
        release: null,
        committedAt: null,
        phases: [],
        promotion: null,
        askedAfter: null,
        observation: null,
        live: null,
        contributors: null,
        origin: null,
        target: null,
      },
      ...{
        epoch: null,
        originReplicas: null,
        gitCommit: null,
        approved: null,
        branch: null,
        formerCommit: null,
        keptWarmUntil: null,
        standbyCommit: null,
        standbySource: null,
        shiftedAt: null,
        weights: null,
        desired: null,
      },
      ...{
        judgement: null,
        windowOverride: null,
        measured: null,
        evidenceAwaitedSince: null,
        evidenceAwaited: [],
        syncAwaited: null,
        lockAwaitedSince: null,
        related: null,
        returnedBy: null,
        abort: null,
      },
      ...{
        pausedBecause: null,
        pausedAt: null,
        resumedAt: null,
        capacitySince: null,
        checks: [],
        drifts: [],
        diagnosis: [],
      },
    });
  });

  it('is read without the fields that a later one has added, which stay when it is changed', async () => {
    await store.approvals.create(approval);
    await edit('APPROVAL#op1', 'APPROVAL', 'quorum', { of: 'tomorrow' });
    await edit('APPROVAL#op1', 'APPROVAL', 'format', recordFormat + 1);
    await store.releases.put(service, release, evidence);
    await edit(`RELEASE#${service}`, `RELEASE#${digest}`, 'release', {
      ...release,
      model: { ...release.model, sizeMb: 7 },
    });

    const changed = await store.approvals.change('op1', (record) => ({ ...record, supersededBy: 'op2' }));

    expect(changed).toEqual({ ...approval, supersededBy: 'op2', revision: 2 });
    expect((await scan()).find(({ sk }) => sk === 'APPROVAL')).toMatchObject({
      supersededBy: 'op2',
      quorum: { of: 'tomorrow' },
      format: recordFormat + 1,
    });
    expect((await store.releases.read(service, digest))?.release.model).toEqual(release.model);
  });

  it('is audited as it was hashed, with what this one does not know', async () => {
    await store.audit.append('op1', entry);
    await edit('AUDIT#op1', 'AUDIT#00000001', 'added', 'by somebody');

    expect(verifyChain('op1', await store.audit.list('op1'), null)).toMatchObject({ kind: 'broken', at: 1 });
  });

  it('a lock of which only the epoch was made up is free, and can be taken', async () => {
    await store.locks.reconcileEpoch(service, 7);

    expect(await store.locks.read(service)).toMatchObject({ epoch: 7, holder: null, adopted: 'never' });
    expect(await store.locks.acquire(service, claim)).toMatchObject({ kind: 'acquired', epoch: 8 });
  });
});

describe('a record that cannot be read', () => {
  it('is named with every problem and its path, and without a value', async () => {
    await putOperation('op1', { state: token, epoch: 'seven', trigger: { kind: 'alert', service, severity: 3 } });

    const read = store.operations.read('op1');

    await expect(read).rejects.toMatchObject({
      name: 'UnreadableRecord',
      key: 'OPERATION#op1/OPERATION',
      message: expect.stringMatching(
        /^The record OPERATION#op1\/OPERATION \(.*\) cannot be read: trigger\.environment: /,
      ),
    });
    await expect(read).rejects.toThrow(/; trigger\.severity: .*; state: .*; epoch: .*Correct the item/);
    await expect(read).rejects.not.toThrow(token);
  });

  it('tells neither a callback nor the hash of a link', async () => {
    await store.approvals.create(approval);
    await edit('APPROVAL#op1', 'APPROVAL', 'links', [{ hash, approver: 7 }]);
    await edit('APPROVAL#op1', 'APPROVAL', 'taskToken', [token]);
    await put(`LINK#${hash}`, 'LINK', { operation: token });
    await put(`WAITING#${service}`, 'WAITING#op1', { taskToken: [token] });

    const failures = await Promise.all([
      store.approvals.read('op1').catch((error) => error),
      store.approvals.findLink(hash).catch((error) => error),
    ]);
    await store.locks.takeWaiting(service);

    const told = [...failures, ...skipped].map((error) =>
      JSON.stringify([error.message, error.stack, error, error.cause]),
    );
    expect(told).toHaveLength(3);
    expect(told.join()).toContain('links.0.approver');
    expect(told.join()).not.toContain(token);
    expect(told.join()).not.toContain(hash);
  });

  it.each<[string, () => Promise<unknown>, () => Promise<unknown[]>]>([
    [
      'operations',
      async () => {
        for (const id of ['op1', 'op2', 'op3']) await putOperation(id);
        await edit('OPERATION#op2', 'OPERATION', 'kind', 'teleport');
      },
      async () => (await store.operations.list(service, 10)).map(({ id }) => id).reverse(),
    ],
    [
      'audit entries',
      async () => {
        for (const actor of ['op1', 'op2', 'op3']) await store.audit.append('chain', { ...entry, actor });
        await edit('AUDIT#chain', 'AUDIT#00000002', 'phase', 'maybe');
      },
      async () => (await store.audit.list('chain')).map(({ actor }) => actor),
    ],
    [
      'deliveries',
      async () => {
        for (const id of ['op1', 'op2', 'op3']) await store.deliveries.record(delivery(id));
        await edit('DELIVERIES', `DELIVERY#${at}#op2`, 'source', 'gitlab');
      },
      async () => (await store.deliveries.list(10)).map(({ id }) => id).reverse(),
    ],
    [
      'releases',
      async () => {
        for (const id of ['op1', 'op2', 'op3'])
          await put(`RELEASE#${service}`, `RELEASE#${id}`, { release: { ...release, author: id }, evidence });
        await edit(`RELEASE#${service}`, 'RELEASE#op2', 'evidence', null);
      },
      async () => (await store.releases.list(service)).map(({ release: { author } }) => author),
    ],
    [
      'who waits for a lock',
      async () => {
        for (const id of ['op1', 'op2', 'op3']) await store.locks.wait(service, id, id);
        await edit(`WAITING#${service}`, 'WAITING#op2', 'taskToken', null);
      },
      () => store.locks.takeWaiting(service),
    ],
  ])('hides no other one of a list: %s', async (_, given, list) => {
    await given();

    expect(await list()).toEqual(['op1', 'op3']);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]?.key).toContain('2');
  });

  it('leaves a gap in its chain, which is found', async () => {
    for (const actor of ['ana', 'ben', 'cleo']) await store.audit.append('chain', { ...entry, actor });
    await edit('AUDIT#chain', 'AUDIT#00000002', 'phase', 'maybe');

    expect(verifyChain('chain', await store.audit.list('chain'), await store.audit.head('chain'))).toMatchObject({
      kind: 'broken',
      at: 2,
    });
  });

  it('holds and freezes all the same, and says that it could not be read', async () => {
    await put(`HOLD#${service}`, `HOLD#${digest}`, { lifted: 'no idea', reason: 7 });
    await put(`FREEZE#${service}`, 'FREEZE', { lifted: null });

    expect(await store.releases.holds(service)).toMatchObject([
      { digest, version: 'unknown', reason: expect.stringContaining('could not be read') },
    ]);
    expect(await store.releases.frozen(service)).toMatchObject({
      reason: expect.stringContaining('could not be read'),
    });
    expect(await store.releases.releaseHold(service, digest)).toBe('released');
    expect(await store.releases.unfreeze(service)).toBe('unfrozen');
    expect(await store.releases.holds(service)).toEqual([]);
    expect(await store.releases.frozen(service)).toBeNull();
  });

  it('is none for what is only shown: its default stands there', async () => {
    await putOperation('op1', { checks: [{ name: 'ready' }], diagnosis: 'odd', reason: 7 });
    await store.locks.acquire(service, claim);
    await edit(`LOCK#${service}`, 'LOCK', 'kind', 'teleport');

    expect(await store.operations.read('op1')).toMatchObject({ checks: [], diagnosis: [], reason: null });
    expect(await store.locks.read(service)).toMatchObject({ holder: 'op1', kind: null });
  });

  it('is a lock of which nobody guesses the turn or the holder', async () => {
    await store.locks.acquire(service, claim);
    await edit(`LOCK#${service}`, 'LOCK', 'holder', 7);

    await expect(store.locks.read(service)).rejects.toMatchObject({ name: 'UnreadableRecord' });
    await expect(store.locks.acquire(service, claim)).rejects.toMatchObject({ name: 'UnreadableRecord' });
  });
});
