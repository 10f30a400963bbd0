import { expect, it } from 'vitest';
import { createAnchors } from '../../../adapters/anchor/anchors.ts';
import { auditSchema } from '../../../contracts/api/audit.ts';
import { instant } from '../../../contracts/instant.ts';
import { compareWithAnchors } from '../../../core/audit/anchor.ts';
import { auditBucket, region } from '../../../sandbox/installation.ts';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const { pipeline, sandbox } = observedSandbox(...configured(quick));

const spoilt = async (dependency: string) =>
  (await pipeline.dependencies()).find((one) => one.dependency === dependency)?.spoilt ?? 0;
/** Whether the bus has heard how an operation ended. */
const toldTheEnd = async () =>
  (await (await fetch(`${sandbox.ready.endpoints.events}/store`)).text()).includes('Operation Ended');
const verdict = async (id: string) => {
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  const anchors = createAnchors({ bucket: auditBucket, region, endpoint: sandbox.ready.endpoints.s3, credentials });
  const { entries } = auditSchema.parse(await pipeline.api(`/api/operations/${id}/audit`));
  return compareWithAnchors(
    entries.map((entry) => ({ ...entry, at: instant(entry.at) })),
    await anchors.list(id),
  ).kind;
};

it('a bus and a bucket that never answer cost a deployment their deadlines and nothing else; the anchor is made up for', async () => {
  const id = await pipeline.begin('v5.0.1');
  await pipeline.dependency({ dependency: 'events', fault: 'hang' });
  await pipeline.dependency({ dependency: 's3', fault: 'hang' });

  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('succeeded');
  expect((await pipeline.service()).environments.green.weight).toBe(100);
  expect(await spoilt('events')).toBeGreaterThan(0);
  await until('the anchor was tried', patienceMs, async () => (await spoilt('s3')) > 0);
  expect([await toldTheEnd(), await verdict(id)]).toEqual([false, 'none']);

  await pipeline.heal();
  await until('the guardian has anchored it', patienceMs, async () => (await verdict(id)) === 'anchored');
});
