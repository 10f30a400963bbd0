import { beforeEach, describe, expect, it } from 'vitest';
import type { Anchors } from '../../../../adapters/anchor/anchors.ts';
import { hours, milliseconds, seconds } from '../../../../contracts/duration.ts';
import { type Anchor, compareWithAnchors } from '../../../../core/audit/anchor.ts';
import { anchoring } from '../../../../pipeline/operation/anchor-audit.ts';
import { audited, note, sluice } from '../../../../pipeline/operation/audited.ts';
import { type BestEffort, bestEffortLater, bestEffortNow } from '../../../../pipeline/operation/best-effort.ts';
import { serviceChain } from '../../../../pipeline/operation/service-chain.ts';
import { anchorLate, anchorServiceLate } from '../../../../pipeline/rescue/anchor-late.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

const at = '2026-11-26T10:00:00.000Z';

describe('the audit of an operation that ends', () => {
  let world: World;
  let kept: Anchor[];
  let id: string;
  let s3: 'well' | 'hangs' | 'refuses';
  const anchors: Anchors = {
    put: async (anchor) => {
      if (s3 === 'hangs') return new Promise(() => undefined);
      if (s3 === 'refuses') throw new Error('AccessDenied');
      kept.push(anchor);
      return 'kept';
    },
    list: async () => [],
  };
  beforeEach(async () => {
    world = await createWorld();
    kept = [];
    s3 = 'well';
    id = (await registerDeployment(world, { name: 'one' })).operation.id;
  });

  const about = () => ({
    dependency: 'S3',
    attempted: 'anchoring',
    within: s3 === 'hangs' ? milliseconds(50) : seconds(30),
    log: world.log,
  });
  const atOnce = () => bestEffortNow(about());
  const end = (bestEffort: BestEffort) => {
    const deps = anchoring(world, anchors, bestEffort);
    const ending = { outcome: 'aborted' as const, reason: 'by hand', at };
    return audited(deps, { operation: id, action: 'end', actor: sluice }, () => world.store.operations.end(id, ending));
  };
  const late = async () => {
    const record = await world.store.operations.read(id);
    await anchorLate({ ...world, anchors }, record === null ? [] : [record]);
  };
  const anchoredAt = async () => (await world.store.operations.read(id))?.anchoredAt;
  const verdict = async () =>
    compareWithAnchors(
      await world.store.audit.list(id),
      kept.map((anchor) => ({ ...anchor, keptAt: world.now() })),
    ).kind;

  it('is anchored with the entry that ends it, once, and marked', async () => {
    await note(anchoring(world, anchors, atOnce()), { operation: id, action: 'seen', actor: sluice });
    await end(atOnce());
    await note(anchoring(world, anchors, atOnce()), { operation: id, action: 'release-lock', actor: sluice });

    const entries = await world.store.audit.list(id);
    const ended = entries.find(({ action, phase }) => action === 'end' && phase === 'result');
    expect(kept).toEqual([{ operation: id, seq: ended?.seq, hash: ended?.hash, at: ended?.at, outcome: 'aborted' }]);
    expect(await anchoredAt()).not.toBeNull();
    expect(await verdict()).toBe('anchored');
  });

  it.each(['hangs', 'refuses'] as const)(
    'ends all the same when S3 %s, and the guardian makes up for it',
    async (fault) => {
      s3 = fault;
      expect(await end(atOnce())).toEqual({ kind: 'ended' });
      expect([kept, await anchoredAt()]).toEqual([[], null]);
      expect(world.logged).toHaveLength(1);

      s3 = 'well';
      await late();
      // Its own function may still be at it.
      expect(kept).toEqual([]);
      world.pass(Date.parse(at) - world.now() + seconds(11));
      await late();
      await late();

      expect(kept).toHaveLength(1);
      expect(await anchoredAt()).not.toBeNull();
      expect(await verdict()).toBe('anchored');
    },
  );

  it('waits with its anchor where there is no time, and then has it', async () => {
    const { bestEffort, doKept } = bestEffortLater(about());
    await end(bestEffort);
    expect(kept).toEqual([]);

    await doKept();

    expect(kept).toHaveLength(1);
  });

  it('is not anchored when somebody else is still to end it', async () => {
    const deps = anchoring(world, anchors, atOnce());
    const failing = audited(deps, { operation: id, action: 'end', actor: sluice }, async () => {
      throw new Error('the database is away');
    });

    await expect(failing).rejects.toThrow('away');
    expect(kept).toEqual([]);
  });

  it('is not vouched for when it was changed before the guardian came to it', async () => {
    s3 = 'refuses';
    await end(atOnce());
    s3 = 'well';
    world.pass(Date.parse(at) - world.now() + hours(1));
    const entries = await world.store.audit.list(id);
    const changed = entries.map((entry, index) => (index === 0 ? { ...entry, actor: 'mallory' } : entry));
    const record = await world.store.operations.read(id);

    const store = { ...world.store, audit: { ...world.store.audit, list: async () => changed } };
    await anchorLate({ ...world, store, anchors }, record === null ? [] : [record]);

    expect([kept, await anchoredAt()]).toEqual([[], null]);
    expect(JSON.stringify(world.logged.at(-1))).toContain('sluice audit verify');
  });

  describe('what people do to a service', () => {
    const freeze = (bestEffort: BestEffort) =>
      audited(
        anchoring(world, anchors, bestEffort),
        { operation: serviceChain(world.service), action: 'freeze', actor: 'ana@example.com', reason: 'incident 7' },
        async () => 'frozen',
      );
    const entries = () => world.store.audit.list(serviceChain(world.service));

    it('is anchored with each result, though its chain never ends', async () => {
      await freeze(atOnce());
      await freeze(atOnce());

      const [, second, , fourth] = await entries();
      expect(kept.map(({ seq, hash, outcome }) => [seq, hash, outcome])).toEqual([
        [2, second?.hash, 'freeze'],
        [4, fourth?.hash, 'freeze'],
      ]);
    });

    it('is made up for by the guardian when S3 was away, and not for what nobody has sealed', async () => {
      s3 = 'refuses';
      await freeze(atOnce());
      s3 = 'well';
      await anchorServiceLate({ ...world, anchors }, world.service);
      expect(kept).toEqual([]); // Its own function may still be at it.
      world.pass(seconds(11));

      await anchorServiceLate({ ...world, anchors }, world.service);

      expect(kept.map(({ seq }) => seq)).toEqual([2]);
      const forged = async () =>
        (await world.store.audit.proofs(serviceChain(world.service))).map((proof) => ({
          ...proof,
          state: 'unsealed' as const,
        }));
      const store = { ...world.store, audit: { ...world.store.audit, proofs: forged } };
      await anchorServiceLate({ ...world, store, anchors }, world.service);
      expect(kept).toHaveLength(1);
      expect(JSON.stringify(world.logged.at(-1))).toContain('sluice audit verify');
    });
  });
});
