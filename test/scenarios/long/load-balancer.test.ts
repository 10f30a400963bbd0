import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pipeline, pipelineOf, type ServiceState } from '../../support/pipeline.ts';
import { type SandboxProcess, startSandboxProcess } from '../../support/sandbox-process.ts';
import type { Simulation } from '../../support/simulated/environment.ts';
import { patienceMs, until } from '../../support/until.ts';

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'own-service');
const kim = 'kim@odd.example';
const arnOf = (name: string) =>
  `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/${name}/0123456789abcdef`;

describe('a service behind an Application Load Balancer', () => {
  let sandbox: SandboxProcess;
  let pipeline: Pipeline;
  let folder: string;
  beforeAll(async () => {
    const text = await readFile(join(fixture, 'sluice.yaml'), 'utf8');
    const targetGroups = `targetGroups: { blue: '${arnOf('odd-one')}', green: '${arnOf('odd-two')}' }`;
    folder = await mkdtemp(join(tmpdir(), 'sluice-alb-'));
    await writeFile(join(folder, 'sluice.yaml'), text.replace('router: gateway-api,', `router: alb, ${targetGroups},`));
    const { simulation } = globalThis as { simulation?: Simulation }; // there in the project `scenarios` (vitest.config.ts)
    const start = simulation?.start ?? startSandboxProcess;
    sandbox = await start('--config', join(folder, 'sluice.yaml'), '--chart', join(fixture, 'chart'));
    pipeline = pipelineOf(sandbox);
  });
  afterAll(async () => {
    await sandbox?.dispose();
    await rm(folder, { recursive: true });
  });

  const service = () => pipeline.api<ServiceState>('/api/services/odd', { headers: { 'x-sluice-user': kim } });
  const deploy = async (version: string) => {
    const { workflowRunPayload } = await pipeline.release(version);
    const answer = await pipeline.deliver(workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    const links = await pipeline.linksOf(version, [kim], operation);
    await pipeline.decide(links.get(kim) ?? '', { decision: 'approve', version, reason: '' });
    return operation;
  };

  it('gets all of the traffic by the weights of the target groups', async () => {
    const ended = await pipeline.ended(await deploy('v2.2.0'));

    expect(ended).toMatchObject({ outcome: 'succeeded' });
    expect(await service()).toMatchObject({
      active: 'green',
      environments: { green: { version: 'v2.2.0', weight: 100 } },
    });
  });

  it('is returned when it turns bad', async () => {
    const operation = await deploy('v2.3.0');
    await until('it has traffic', patienceMs, async () => {
      const { outcome, reason } = await pipeline.operation(operation);
      if (outcome !== null) throw new Error(`It ended as ${outcome}: ${reason}`);
      return (await service()).environments.blue.weight >= 20;
    });

    const faults = { version: 'v2.3.0', errorRate: 1 };
    await pipeline.api('/api/sandbox/faults', { method: 'POST', body: JSON.stringify(faults) });

    expect((await pipeline.ended(operation)).outcome).not.toBe('succeeded');
    await until('all of the traffic is back', patienceMs, async () => {
      const { environments } = await service();
      return environments.green.weight === 100 && environments.green.version === 'v2.2.0';
    });
  });
});
