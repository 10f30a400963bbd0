import { expect, it } from 'vitest';
import { runSluice, startFakeSluice } from './support.ts';

it('the record of an operation is printed as one JSON document, whatever output is wanted', async () => {
  const sluice = await startFakeSluice();
  const record = {
    ...{ format: 'sluice/deployment-record/1', id: 'op1', kind: 'deployment', service: 'shop', repository: null },
    ...{ actor: 'ana@example.com', trigger: 'alert HighErrorRate (critical)', startedAt: '2026-11-23T08:00:00Z' },
    ...{ endedAt: null, state: 'ended', outcome: 'succeeded', reason: null, related: null, release: null },
    ...{ replaced: null, origin: null, target: 'green', gitCommit: null, weights: { blue: 0, green: 100 } },
    ...{ phases: [], checks: [], diagnosis: [], approvals: null },
    audit: { head: { seq: 3, hash: 'ab' }, anchoredAt: null, anchoredIn: null },
  };
  sluice.answers.set('GET /api/operations/op1/record', { body: record });
  const env = { SLUICE_URL: sluice.url, SLUICE_TOKEN: 'token', SLUICE_USER: 'ana@example.com' };

  const { exitCode, out } = await runSluice(['operation', 'op1', '--record'], { env });

  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toEqual(record);
  await sluice.close();
});
