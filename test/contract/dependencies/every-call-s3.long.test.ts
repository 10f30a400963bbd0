import { beforeAll, describe, it } from 'vitest';
import { type Anchors, createAnchors } from '../../../adapters/anchor/anchors.ts';
import { instant } from '../../../contracts/instant.ts';
import { startS3 } from '../../../sandbox/aws/start-s3.ts';
import { patienceMs, until } from '../../support/until.ts';
import { clientSettings } from '../aws/client-settings.ts';
import { before, type Call, closing, dataDir, ends, table, within } from './every-call.ts';

const bucket = 'audit';
const anchor = { operation: 'op', seq: 1, hash: 'ab12', at: instant(1_000), outcome: 'succeeded' };

describe('S3', () => {
  let anchors: Anchors;
  beforeAll(async () => {
    const s3 = await startS3({ port: 0, dataDir, buckets: { [bucket]: { mode: 'COMPLIANCE', days: 1 } } });
    closing.push(() => s3.close());
    anchors = createAnchors({ ...clientSettings(await before('s3', s3.endpoint)), bucket, within });
    // Its client is loaded with the first call, which is not what is measured here.
    await createAnchors({ ...clientSettings(s3.endpoint), bucket }).put(anchor);
    // On a busy machine the first ones may be out of time.
    await until('an anchor is listed', patienceMs, () =>
      anchors.list('op').then(
        (found) => found.length === 1,
        () => false,
      ),
    );
  });
  let turn = 1;
  /** The request that a fault spoils, by its line. */
  const calls: readonly (readonly [...Call, match: string])[] = [
    [
      'keeping an anchor',
      () => {
        turn += 1;
        return anchors.put({ ...anchor, seq: turn });
      },
      '^PUT ',
    ],
    ['listing anchors', () => anchors.list('op'), '^GET .*[?&]versions'],
    ['reading an anchor', () => anchors.list('op'), '^GET .*[?&]versionId='],
  ];
  const rows = calls.flatMap(([name, call, match]) =>
    table([[name, call]])
      // The answer to a PUT has no body that could end in the middle.
      .filter(([, what]) => match !== '^PUT ' || !what.startsWith('ends'))
      .map(([_, what, fault]) => [name, what, { ...fault, match }, call] as const),
  );
  it.each(rows)('%s while it %s', async (_, __, fault, call) => {
    await ends('s3', /S3/, fault, call);
  });
});
