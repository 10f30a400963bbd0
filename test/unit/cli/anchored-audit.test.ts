import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAnchors } from '../../../adapters/anchor/anchors.ts';
import { instant } from '../../../contracts/instant.ts';
import type { AuditEntry } from '../../../contracts/records/audit-entry.ts';
import { chainEntry } from '../../../core/audit/chain.ts';
import type { StandIn } from '../../../sandbox/aws/listener.ts';
import { startS3 } from '../../../sandbox/aws/start-s3.ts';
import { clientSettings } from '../../contract/aws/client-settings.ts';
import { type FakeSluice, runSluice, startFakeSluice } from './support.ts';

function chain(actor: string): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const phase of ['intent', 'result'] as const) {
    const entry = { at: instant(1_000), actor, action: 'end', phase, details: {} };
    entries.push(chainEntry('op1', entries.at(-1) ?? null, entry));
  }
  return entries;
}

describe('sluice audit verify, where the audit is anchored', () => {
  let dataDir: string;
  let s3: StandIn;
  let sluice: FakeSluice;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-cli-anchors-'));
    const retention = { mode: 'COMPLIANCE', days: 1 } as const;
    s3 = await startS3({ port: 0, dataDir, buckets: { 'sluice-audit': retention, another: retention } });
    sluice = await startFakeSluice();
  });
  afterEach(async () => {
    await sluice.close();
    await s3.close();
    await rm(dataDir, { recursive: true });
  });

  const answer = (entries: AuditEntry[], more = {}) =>
    sluice.answers.set('GET /api/operations/op1/audit', {
      body: { chain: 'op1', state: 'ended', entries, head: null, anchoredIn: 'sluice-audit', ...more },
    });
  const anchor = async (bucket: string, entries: AuditEntry[]) => {
    const last = entries.at(-1);
    if (last === undefined) throw new Error('an empty chain');
    const { operation, seq, hash, at } = last;
    await createAnchors({ ...clientSettings(s3.endpoint), bucket }).put({
      operation,
      seq,
      hash,
      at,
      outcome: 'failed',
    });
  };
  const verify = (...words: string[]) =>
    runSluice(['audit', 'verify', 'op1', ...words], {
      env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 'token', AWS_ENDPOINT_URL_S3: s3.endpoint },
      awsCredentials: async () => ({ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' }),
    });

  it('0: it says up to which entry it is anchored, where, and since when', async () => {
    answer(chain('sluice'));
    await anchor('sluice-audit', chain('sluice'));

    const { exitCode, out } = await verify();

    expect(exitCode).toBe(0);
    expect(out).toContain('2 entries, the chain is intact and complete');
    expect(out).toMatch(/anchored at entry 2 in sluice-audit since 20\d\d-/);
  });

  it('4: an operation that has ended and has no entries is not intact', async () => {
    answer([]);

    const { exitCode, out, err } = await verify('--no-anchor');

    expect(exitCode).toBe(4);
    expect(err).toContain('ChainBroken: op1 has ended and has no entry at all: they were deleted.');
    expect(out).not.toContain('intact');
  });

  it('4: a chain that was written anew as a whole is found out by its anchor', async () => {
    answer(chain('mallory'));
    await anchor('sluice-audit', chain('sluice'));

    const { exitCode, err } = await verify();

    expect(exitCode).toBe(4);
    expect(err).toMatch(/ChainBroken: Entry 2 of op1 was anchored with hash [0-9a-f]{64} at .*now has hash/);
    expect((await verify('--no-anchor')).exitCode).toBe(0);
  });

  it('4: it has ended and nothing of it is anchored; while it runs that is as it should be', async () => {
    answer(chain('sluice'));
    expect(await verify()).toMatchObject({ exitCode: 4, err: expect.stringContaining('NotAnchored') });

    answer(chain('sluice'), { state: 'open' });
    expect((await verify()).exitCode).toBe(0);
  });

  it('compares with the bucket that was named, whatever Sluice says', async () => {
    await anchor('another', chain('sluice'));

    answer(chain('mallory'), { anchoredIn: null });
    expect((await verify('--anchor', 'another')).exitCode).toBe(4);
    answer(chain('sluice'), { anchoredIn: null });
    expect(await verify('--anchor', 'another', '--output', 'json')).toMatchObject({ exitCode: 0 });
  });

  it('4: an entry that nobody has sealed, or under another seal, is named; one that came a moment ago is waited for', async () => {
    await anchor('sluice-audit', chain('sluice'));
    const seals = (...states: string[]) =>
      states.map((state, index) => ({ seq: index + 1, state, by: 'operation', lateAt: null }));

    answer(chain('sluice'), { seals: seals('sealed', 'forged') });
    const forged = await verify();
    answer(chain('sluice'), { seals: seals('unsealed', 'sealed') });
    const unsealed = await verify();
    answer(chain('sluice'), { seals: seals('late', 'pending') });
    const late = await verify();

    expect([forged.exitCode, unsealed.exitCode, late.exitCode]).toEqual([4, 4, 0]);
    expect(forged.err).toContain('NotProven: op1: entry 2 (end by sluice) has a seal that is not its own');
    expect(unsealed.err).toContain('NotProven: op1: entry 1 (end by sluice) has no seal');
    expect(late.out).toContain('0 of them are sealed by who wrote them, 1 were sealed later');
  });

  it('5: it does not pass for proven when the anchor cannot be read', async () => {
    answer(chain('sluice'), { anchoredIn: 'nowhere' });

    const { exitCode, out, err } = await verify();

    expect([exitCode, out]).toEqual([5, '']);
    expect(err).toContain('NoSuchBucket');
    expect(err).toContain('--no-anchor');
  });
});
