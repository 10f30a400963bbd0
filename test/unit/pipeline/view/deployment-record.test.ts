import { beforeEach, describe, expect, it } from 'vitest';
import { deploymentRecordSchema } from '../../../../contracts/api/record.ts';
import { inShift } from '../support/in-shift.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

describe('the record of a deployment', () => {
  it('says in one document what was deployed, what proved it, who approved it, what was found, how it ended, and what proves that', async () => {
    const { operation } = await inShift(world);
    const { id } = operation;
    const check = { name: 'backup database', result: 'fail' as const, reason: 'too old', at: operation.startedAt };
    await world.store.operations.update(id, {
      live: { version: 'v2.0.5', digest: `sha256:${'05'.repeat(32)}`, environment: 'blue' },
      checks: [{ ...check, onFailure: 'page', url: 'https://prometheus.example.com/graph' }],
    });
    await world.store.operations.end(id, { outcome: 'succeeded', reason: 'It is live.', at: operation.startedAt });

    const answer = await operatorApi(world, { auditBucket: 'anchors' }).get(`/api/operations/${id}/record`);

    const record = deploymentRecordSchema.strict().parse(await answer.json());
    expect(record).toMatchObject({
      format: 'sluice/deployment-record/1',
      ...{ id, kind: 'deployment', service: 'chest-xray-mlops', outcome: 'succeeded', reason: 'It is live.' },
      repository: 'example/chest-xray-mlops',
      release: {
        version: 'v2.1.0',
        commit: operation.release?.commit,
        digest: operation.release?.digest,
        evidence: { runConclusion: 'success' },
      },
      replaced: { version: 'v2.0.5', environment: 'blue' },
      checks: [{ name: 'backup database', result: 'fail', onFailure: 'page' }],
      approvals: { state: 'approved' },
      audit: { head: await world.store.audit.head(id), anchoredIn: 'anchors' },
    });
    expect(record.approvals?.decisions.length).toBeGreaterThan(0);
  });

  it('is not there of an operation that is not', async () => {
    expect((await operatorApi(world).get('/api/operations/nope/record')).status).toBe(404);
  });
});
