import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Operation,
  type Pipeline,
  pipelineOf,
  type ServiceState,
  type WorkflowRunPayload,
} from '../../support/pipeline.ts';
import { type SandboxProcess, startSandboxProcess } from '../../support/sandbox-process.ts';
import type { Simulation } from '../../support/simulated/environment.ts';
import { patienceMs, until } from '../../support/until.ts';

const several = join(import.meta.dirname, '..', '..', '..', 'sandbox', 'several.yaml');
const approvers = { 'chest-xray-mlops': ['ana@example.com', 'cleo@example.com'], 'web-shop': ['ben@example.com'] };
type Name = keyof typeof approvers;
const names = Object.keys(approvers) as Name[]; // the keys of the object above

describe('two services in one sandbox', () => {
  let sandbox: SandboxProcess;
  let pipeline: Pipeline;
  beforeAll(async () => {
    const { simulation } = globalThis as { simulation?: Simulation }; // there in the project `scenarios` (vitest.config.ts)
    sandbox = await (simulation?.start ?? startSandboxProcess)('--config', several);
    pipeline = pipelineOf(sandbox);
  });
  afterAll(() => sandbox?.dispose());

  const state = (name: string) => pipeline.api<ServiceState>(`/api/services/${name}`);
  const post = <T>(path: string, body: object) => pipeline.api<T>(path, { method: 'POST', body: JSON.stringify(body) });
  const operationsOf = async (name: string) =>
    (await pipeline.api<{ operations: Operation[] }>(`/api/operations?service=${name}`)).operations;

  /** CI builds a version of a service, GitHub says so, and everybody approves. */
  async function begin(service: Name, version: string): Promise<string> {
    const built = await post<{ workflowRunPayload: WorkflowRunPayload }>('/api/sandbox/releases', { service, version });
    const answer = await pipeline.deliver(built.workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    const links = await pipeline.linksOf(version, approvers[service], operation);
    for (const link of links.values()) await pipeline.decide(link, { decision: 'approve', version, reason: '' });
    return operation;
  }

  it('are listed, each live with its own host', async () => {
    const { services } = await pipeline.api<{ services: { name: string; repository: string }[] }>('/api/services');

    expect(services).toMatchObject([
      { name: 'chest-xray-mlops', repository: 'example/chest-xray-mlops' },
      { name: 'web-shop', repository: 'example/web-shop' },
    ]);
    expect(sandbox.ready.hosts).toEqual({
      'chest-xray-mlops': 'chest-xray-mlops.example.com',
      'web-shop': 'shop.example.com',
    });
    const totals = await until('both have traffic', patienceMs, async () => {
      const seen = await pipeline.traffic();
      return names.every((name) => (seen[name]?.blue ?? 0) > 0) ? seen : null;
    });
    expect(Object.keys(totals).sort()).toEqual([...names].sort());
  });

  it('are deployed at the same time, and an alert about one returns that one alone', async () => {
    const begun = await Promise.all(names.map((name) => begin(name, 'v2.2.0')));
    const ended = await Promise.all(begun.map((id) => pipeline.ended(id)));

    expect(ended).toMatchObject(names.map((service) => ({ service, outcome: 'succeeded', target: 'green' })));
    const [first, second] = ended.map(({ timeline, endedAt }) => ({
      from: String(timeline[0]?.at),
      to: String(endedAt),
    }));
    expect((first?.from ?? '') < (second?.to ?? '') && (second?.from ?? '') < (first?.to ?? '')).toBe(true);

    await pipeline.alert({ service: 'web-shop', environment: 'green' });

    await until('the shop is back', patienceMs, async () => (await state('web-shop')).environments.blue.weight === 100);
    expect((await state('chest-xray-mlops')).environments.green).toMatchObject({ version: 'v2.2.0', weight: 100 });
    expect((await operationsOf('chest-xray-mlops')).filter(({ kind }) => kind === 'rollback')).toEqual([]);
  });

  it('are told apart where a version of one misbehaves', async () => {
    await post('/api/sandbox/faults', { service: 'web-shop', version: 'v2.3.0', errorRate: 1 });

    const ended = await Promise.all(names.map(async (name) => pipeline.ended(await begin(name, 'v2.3.0'))));

    expect(ended.map(({ service, outcome }) => [service, outcome === 'succeeded'])).toEqual([
      ['chest-xray-mlops', true],
      ['web-shop', false],
    ]);
    expect(await pipeline.api('/api/sandbox/load?service=chest-xray-mlops')).toMatchObject({ failed: 0 });
  });

  it('refuses what is about none of them', async () => {
    const answers = await Promise.all([
      pipeline.post('/api/sandbox/releases', { service: 'cart', version: 'v1.0.0' }),
      pipeline.post('/api/sandbox/faults', { service: 'cart', version: 'v1.0.0', errorRate: 1 }),
    ]);

    for (const { status, body } of answers) {
      expect(status).toBe(400);
      expect(JSON.stringify(body)).toContain('it has chest-xray-mlops, web-shop');
    }
  });
});
