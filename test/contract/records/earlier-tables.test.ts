import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeValue, BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../adapters/store/store.ts';
import { auditSchema } from '../../../contracts/api/audit.ts';
import { deliveryListSchema } from '../../../contracts/api/deliveries.ts';
import { operationListSchema, operationSchema } from '../../../contracts/api/operation.ts';
import { overviewSchema } from '../../../contracts/api/overview.ts';
import { instant } from '../../../contracts/instant.ts';
import { verifyChain } from '../../../core/audit/chain.ts';
import { freshTable, testSeals } from '../../support/table.ts';
import { operatorApi } from '../../unit/pipeline/support/operator-api.ts';
import { createWorld } from '../../unit/pipeline/support/world.ts';

const service = 'chest-xray-mlops';
const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'table');
const folders = readdirSync(fixtures, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : []));

type StoredItem = Record<string, unknown> & { pk: string; sk: string };

/** How each kind of item is read, by the beginning of its sort key. */
const readers: Record<string, (store: Store, item: StoredItem) => Promise<unknown>> = {
  OPERATION: (store, { id }) => store.operations.read(String(id)),
  HEAD: (store, { pk }) => store.audit.head(behindHash(pk)),
  AUDIT: async (store, { pk, seq }) => (await store.audit.list(behindHash(pk))).find((entry) => entry.seq === seq),
  APPROVAL: (store, { operation }) => store.approvals.read(String(operation)),
  LINK: (store, { pk }) => store.approvals.findLink(behindHash(pk)),
  LOCK: (store) => store.locks.read(service),
  CANDIDATE: (store) => store.candidates.read(service, 'standard'),
  RELEASE: (store, { sk }) => store.releases.read(service, behindHash(sk)),
  DELIVERY: async (store, { deliveryId, at }) =>
    (await store.deliveries.list(100)).find((one) => one.id === deliveryId && one.at === at),
  FREEZE: (store) => store.releases.frozen(service),
  HOLD: async (store, { digest }) =>
    (await store.releases.holds(service)).find((hold) => hold.digest === digest) ?? null,
  WAITING: async (store, { taskToken }) => {
    const waiting = await store.locks.takeWaiting(service);
    return waiting.includes(String(taskToken)) ? { taskToken } : null;
  },
};

const behindHash = (key: string) => key.slice(key.indexOf('#') + 1);
const kindOf = ({ sk }: StoredItem) => sk.split('#')[0] ?? '';

/**
 * An item where it is kept today: in a partition for its kind. This was changed before anything was installed, so that no table has to be moved;
 * what is in the items is read as it was.
 */
function relaid(item: Record<string, AttributeValue>): Record<string, AttributeValue> {
  const [pk = '', sk = ''] = [item.pk?.S, item.sk?.S];
  const kind = sk.split('#')[0] ?? '';
  if (!/^(OPERATION|SERVICE)#/.test(pk) || kind === 'OPERATION') return item;
  return { ...item, pk: { S: `${kind === 'HEAD' ? 'AUDIT' : kind}#${behindHash(pk)}` } };
}

/** What a reader has to find in its record: everything but the keys, and what only the store itself looks at. */
function expectedOf(item: StoredItem) {
  const { pk: _, sk: __, lifted, expiresAt, deliveryId, deliveredTo, format: ___, ...rest } = item;
  if (lifted === true) return null;
  // Whatever was read of a Deployment was written once; a record has three fields of it.
  const live = kindOf(item) === 'OPERATION' && isFields(item.live) ? { live: pick(item.live) } : {};
  const renamed = deliveryId === undefined ? {} : { id: deliveryId, service: deliveredTo };
  // An approval expires at a time that people are told, a link at one that only DynamoDB looks at.
  // Nobody sealed a decision then: they are not believed.
  const decided = 'decisions' in rest ? { decisions: [] } : {};
  return { ...rest, ...decided, ...live, ...renamed, ...(typeof expiresAt === 'string' ? { expiresAt } : {}) };
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const pick = ({ version, digest, environment }: Record<string, unknown>) => ({ version, digest, environment });

describe.each(folders)('a table of %s', (folder) => {
  const file = readFileSync(join(fixtures, folder, 'items.json'), 'utf8');
  const raw = (JSON.parse(file) as Record<string, AttributeValue>[]).map(relaid); // as DynamoDB answered it
  const items = raw.map((item) => unmarshall(item) as StoredItem); // every item has both keys
  const operations = items.filter((item) => kindOf(item) === 'OPERATION').map(({ id }) => String(id));

  let store: Store;
  beforeAll(async () => {
    store = await storeWith(raw);
  });

  it.each([...new Set(items.map(kindOf))])('is read whole: %s', async (kind) => {
    const read = readers[kind];
    if (read === undefined) throw new Error(`Nobody knows how to read ${kind}: add it to the readers of this test.`);

    for (const item of items.filter((one) => kindOf(one) === kind)) {
      const expected = expectedOf(item);
      const found = await read(store, item);
      if (expected === null) expect(found).toBeNull();
      else expect(found).toMatchObject(expected);
    }
  });

  it('is shown: its operations, each of them with its timeline, the service, the deliveries', async () => {
    const world = await createWorld();
    // Those whom the table's operations wait for: of roles that nobody can fill no operation waits.
    const cleo = { mail: 'cleo@example.com', mails: [], github: [], signIn: [] };
    const services = world.configuration.services.map((service) => ({
      ...service,
      approvals: {
        ...service.approvals,
        rules: service.approvals.rules.map((rule) => ({ ...rule, members: [...rule.members, cleo.mail] })),
      },
    }));
    const configuration = { ...world.configuration, services, people: [...world.configuration.people, cleo] };
    const api = operatorApi({ ...world, configuration, store });
    const get = async (path: string) => (await api.get(path)).json();

    const overview = overviewSchema.parse(await get('/api/overview'));
    const list = operationListSchema.parse(await get('/api/operations?limit=100'));
    const { deliveries } = deliveryListSchema.parse(await get('/api/deliveries?limit=100'));

    expect(list.operations.map(({ id }) => id).sort()).toEqual([...operations].sort());
    expect(overview.service).toMatchObject({ lock: { kind: 'switch-traffic' }, frozen: { by: 'ana@example.com' } });
    expect(overview.history.filter(({ waiting }) => waiting !== null).map(({ waiting }) => waiting?.kind)).toEqual([
      'approval',
      'split',
      'turn',
    ]);
    expect(deliveries.length).toBeGreaterThan(0);
    for (const id of operations) {
      const shown = operationSchema.parse(await get(`/api/operations/${id}`));
      const chain = auditSchema.parse(await get(`/api/operations/${id}/audit`));
      expect(shown.timeline).toHaveLength(
        items.filter((one) => one.pk === `AUDIT#${id}` && kindOf(one) === 'AUDIT').length,
      );
      expect(chain.entries).toHaveLength(shown.timeline.length);
    }
  });

  it('has audits that are still proven', async () => {
    const chains = items.filter((item) => kindOf(item) === 'HEAD').map(({ pk }) => behindHash(pk));

    expect(chains.length).toBeGreaterThan(0);
    for (const chain of chains) {
      const verdict = verifyChain(chain, await store.audit.list(chain), await store.audit.head(chain));
      expect([chain, verdict]).toMatchObject([chain, { kind: 'ok' }]);
    }
  });

  it('is gone on with: what is under way is changed, approved, taken over and audited', async () => {
    const changed = await storeWith(raw);
    const at = '2026-11-29T08:00:00.000Z';
    const [waiting] = items.filter((item) => item.state === 'awaiting-approval').map(({ id }) => String(id));
    if (waiting === undefined) throw new Error('the fixture has no operation that waits for an approval');
    const seen = await changed.locks.read(service);
    const claim = { operation: 'op-new', kind: 'rollback' as const, executionArn: 'arn', at, deadline: at };
    const entry = { at: instant(0), actor: 'sluice', action: 'look', phase: 'result' as const, details: {} };

    const entered = await changed.operations.enter(waiting, 'awaiting-lock', at, { pausedBecause: 'because' });
    const approval = await changed.approvals.change(waiting, (record) => ({ ...record, supersededBy: 'op-new' }));
    const taken = await changed.locks.takeOver(service, seen, claim);
    await changed.audit.append(waiting, entry);

    expect(entered).toBe('entered');
    expect(await changed.operations.read(waiting)).toMatchObject({ state: 'awaiting-lock', pausedBecause: 'because' });
    expect(await changed.approvals.read(waiting)).toEqual(approval);
    expect(approval?.supersededBy).toBe('op-new');
    expect(taken).toMatchObject({ kind: 'acquired', epoch: seen.epoch + 1 });
    expect(verifyChain(waiting, await changed.audit.list(waiting), await changed.audit.head(waiting))).toMatchObject({
      kind: 'ok',
    });
  });
});

async function storeWith(items: readonly Record<string, AttributeValue>[]): Promise<Store> {
  const options = await freshTable();
  const client = new DynamoDBClient({ ...options.aws });
  const batch = 25; // DynamoDB's limit
  for (let from = 0; from < items.length; from += batch) {
    const requests = items.slice(from, from + batch).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [options.tableName]: requests } }));
  }
  client.destroy();
  const onUnreadable = (error: Error) => {
    throw error;
  };
  return openStore(options, onUnreadable, testSeals());
}
