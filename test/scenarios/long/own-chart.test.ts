import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pipeline, pipelineOf, type ServiceState } from '../../support/pipeline.ts';
import { type SandboxProcess, startSandboxProcess } from '../../support/sandbox-process.ts';
import type { Simulation } from '../../support/simulated/environment.ts';
import { patienceMs, until } from '../../support/until.ts';

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'own-service');
const kim = 'kim@odd.example';

describe('a service with a chart, a router, branches and namespaces of its own', () => {
  let sandbox: SandboxProcess;
  let pipeline: Pipeline;
  beforeAll(async () => {
    const { simulation } = globalThis as { simulation?: Simulation }; // there in the project `scenarios` (vitest.config.ts)
    const start = simulation?.start ?? startSandboxProcess;
    sandbox = await start('--config', join(fixture, 'sluice.yaml'), '--chart', join(fixture, 'chart'));
    pipeline = pipelineOf(sandbox);
  });
  afterAll(() => sandbox?.dispose());

  const service = () => pipeline.api<ServiceState>('/api/services/odd', { headers: { 'x-sluice-user': kim } });

  it('begins with as many pods on the live side as replicas.min says', async () => {
    expect(await service()).toMatchObject({
      active: 'blue',
      environments: { blue: { version: 'v2.0.5', weight: 100, ready: 4 } },
    });
  });

  it('goes in through its own checks, and comes back when it turns bad', async () => {
    const { workflowRunPayload } = await pipeline.release('v2.2.0');
    const answer = await pipeline.deliver(workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    const links = await pipeline.linksOf('v2.2.0', [kim], operation);
    await pipeline.decide(links.get(kim) ?? '', { decision: 'approve', version: 'v2.2.0', reason: '' });
    await until('it has traffic', patienceMs, async () => {
      const { outcome, reason } = await pipeline.operation(operation);
      if (outcome !== null) throw new Error(`It ended as ${outcome}: ${reason}`);
      return (await service()).environments.green.weight >= 20;
    });

    await pipeline.api('/api/sandbox/faults', {
      method: 'POST',
      body: JSON.stringify({ version: 'v2.2.0', errorRate: 1 }),
    });

    const ended = await pipeline.ended(operation);
    expect(ended.outcome).not.toBe('succeeded');
    await until('all of the traffic is back', patienceMs, async () => {
      const { environments } = await service();
      return environments.blue.weight === 100 && environments.blue.version === 'v2.0.5';
    });
  });
});
