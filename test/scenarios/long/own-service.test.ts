import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialise, shop } from '../../support/initialised-service.ts';
import { type Pipeline, pipelineOf, type ServiceState } from '../../support/pipeline.ts';
import { type SandboxProcess, startSandboxProcess } from '../../support/sandbox-process.ts';
import type { Simulation } from '../../support/simulated/environment.ts';
import { patienceMs, until } from '../../support/until.ts';

const kim = 'kim@acme.example';
const deploys = 'acme/shop-deploy';

describe('a service of one’s own, as sluice init writes it', () => {
  let sandbox: SandboxProcess;
  let pipeline: Pipeline;
  let printed: string;
  beforeAll(async () => {
    const { file, out } = await initialise();
    printed = out;
    const { simulation } = globalThis as { simulation?: Simulation }; // there in the project `scenarios` (vitest.config.ts)
    sandbox = await (simulation?.start ?? startSandboxProcess)('--config', file);
    pipeline = pipelineOf(sandbox);
  });
  afterAll(() => sandbox?.dispose());

  const asKim = <T>(path: string, body?: object) =>
    pipeline.api<T>(path, {
      headers: { 'x-sluice-user': kim },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
  const service = () => asKim<ServiceState & { repository: string; host: string }>('/api/services/shop');

  it('is started by the command that init prints', () => {
    expect(printed).toMatch(/npm start -- --config \/\S+\/sluice\.yaml/);
  });

  it('is live with its names, its people, and the chart that init wrote', async () => {
    expect(await service()).toMatchObject({
      repository: 'acme/shop',
      host: shop.host,
      active: 'blue',
      environments: { blue: { version: 'v2.0.5', weight: 100, ready: 3 }, green: { version: 'v2.0.5', weight: 0 } },
    });
    expect(sandbox.ready.operator).toBe(kim);
    const { object } = await pipeline.github<{ object: { sha: string } }>('/git/ref/heads/env/green', deploys);
    const { tree } = await pipeline.github<{ tree: { path: string; sha: string }[] }>(
      `/git/trees/${object.sha}?recursive=1`,
      deploys,
    );
    const values = tree.find(({ path }) => path === 'chart/values.yaml');
    const { content } = await pipeline.github<{ content: string }>(`/git/blobs/${values?.sha}`, deploys);
    expect(Buffer.from(content, 'base64').toString()).toContain(`port: ${shop.port}\n`);
  });

  it('says what is otherwise than in the file, with the path of each key', () => {
    const output = sandbox.output();

    expect(output).toContain('services[0].objectives.source: readings come from the sandbox’s router.');
    expect(output).toContain('services[0].notify.page: ');
    expect(output).toContain('traffic.interval 5m is 5s');
  });

  it('goes in when CI has built it and a person has approved, and comes back after an alert', async () => {
    const { workflowRunPayload } = await pipeline.release('v2.2.0');
    const answer = await pipeline.deliver(workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    const links = await pipeline.linksOf('v2.2.0', [kim], operation);
    await pipeline.decide(links.get(kim) ?? '', { decision: 'approve', version: 'v2.2.0', reason: '' });
    expect(await pipeline.ended(operation)).toMatchObject({ outcome: 'succeeded', target: 'green' });
    expect(await service()).toMatchObject({
      active: 'green',
      environments: { green: { version: 'v2.2.0', weight: 100 } },
    });

    await pipeline.alert({ service: 'shop', environment: 'green' });

    await until(
      'all of the traffic is back',
      patienceMs,
      async () => (await service()).environments.blue.weight === 100,
    );
    const { operations } = await asKim<{ operations: { id: string; kind: string }[] }>('/api/operations?service=shop');
    const rollback = operations.find(({ kind }) => kind === 'rollback');
    expect(await pipeline.ended(rollback?.id ?? '')).toMatchObject({ outcome: 'succeeded' });
    expect((await service()).holds).toMatchObject([{ version: 'v2.2.0' }]);
    expect(await pipeline.load()).toMatchObject({ failed: 0 });
  });

  it('calls nothing outside: what it runs names no address of the file', async () => {
    const running = await readFile(join(sandbox.dataDir, 'sluice.yaml'), 'utf8');

    for (const address of [shop.prometheus, shop.sluice, shop.page]) expect(running).not.toContain(address);
  });
});
