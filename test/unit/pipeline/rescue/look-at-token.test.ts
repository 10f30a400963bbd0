import { expect, it } from 'vitest';
import type { TokenExpiry } from '../../../../adapters/installation/repository-access.ts';
import { DependencyRefused, DependencyUnavailable } from '../../../../contracts/errors.ts';
import { parseInstant } from '../../../../contracts/instant.ts';
import { createHandler as createAct } from '../../../../functions/act/handler.ts';
import { createHandler as createRelease } from '../../../../functions/release/handler.ts';
import { lookAtToken } from '../../../../pipeline/rescue/look-at-token.ts';

const now = parseInstant('2026-11-29T12:00:00Z');

async function look(expiry: () => Promise<TokenExpiry>) {
  const [published, logged]: [object[], unknown[]] = [[], []];
  const found = await lookAtToken({
    ...{ token: 'github-token', expiry, now: () => now, installation: 'sluice' },
    publish: (line) => published.push(line),
    log: (line) => logged.push(line),
  });
  return { found, published, logged };
}

it.each([
  ['never', 'lasts', 0],
  [parseInstant('2026-12-13T12:00:01Z'), 'lasts', 0],
  [parseInstant('2026-12-13T12:00:00Z'), 'ends-soon', 1],
  [parseInstant('2026-11-28T12:00:00Z'), 'ends-soon', 1],
  ['invalid', 'ends-soon', 1],
] as const)('a token that ends at %s is warned of two weeks before: %s', async (ends, found, count) => {
  expect(await look(async () => ends)).toMatchObject({
    found,
    published: [
      {
        _aws: {
          Timestamp: now,
          CloudWatchMetrics: [
            {
              Namespace: 'Sluice',
              Dimensions: [['Installation']],
              Metrics: [{ Name: 'ExpiringTokens', Unit: 'Count' }],
            },
          ],
        },
        Installation: 'sluice',
        ExpiringTokens: count,
      },
    ],
  });
});

it('that GitHub does not answer says nothing of a token', async () => {
  const away = new DependencyUnavailable('GitHub', 'no answer');

  const { found, published, logged } = await look(() => Promise.reject(away));

  expect([found, published]).toEqual(['unknown', []]);
  expect(logged).toEqual([expect.objectContaining({ message: expect.stringContaining('github-token') })]);
});

it('that GitHub refuses is a token that is good no more: an App that was uninstalled, a repository that it sees no longer', async () => {
  const gone = new DependencyRefused('GitHub', 'make a token for the installation 7: 404 Not Found', { status: 404 });

  const { found, published, logged } = await look(() => Promise.reject(gone));

  expect([found, published]).toEqual(['ends-soon', [expect.objectContaining({ ExpiringTokens: 1 })]]);
  expect(logged).toEqual([expect.objectContaining({ message: expect.stringContaining('installation 7: 404') })]);
});

it('that the secret cannot be read says nothing of the token in it', async () => {
  const denied = new DependencyRefused('Secrets Manager', 'AccessDeniedException');

  expect(await look(() => Promise.reject(denied))).toMatchObject({ found: 'unknown', published: [] });
});

it.each([
  ['act', createAct],
  ['release', createRelease],
])('is done by the function %s when its timer calls', async (_, createHandler) => {
  // Nothing else of what the function has is asked.
  const handle = createHandler({ lookAtToken: async () => 'ends-soon' } as never);

  expect(await handle({ action: 'look-at-token' })).toEqual({ outcome: 'ends-soon' });
});
