import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiOperation } from '../../../contracts/api/operation.ts';
import type { Weights } from '../../../contracts/names.ts';
import { asAdministrator } from '../../support/administrator.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { type Pipeline, pipelineOf } from '../../support/pipeline.ts';
import { type SandboxProcess, startSandboxProcess } from '../../support/sandbox-process.ts';
import type { Simulation } from '../../support/simulated/environment.ts';
import { patienceMs, until } from '../../support/until.ts';

const name = 'chest-xray-mlops';
const hosts = {
  blue: `${name}.production-blue.svc.cluster.local`,
  green: `${name}.production-green.svc.cluster.local`,
};
const vs = `/apis/networking.istio.io/v1/namespaces/production/virtualservices/${name}`;

describe('a service that another pipeline deploys', () => {
  let sandbox: SandboxProcess;
  let pipeline: Pipeline;
  beforeAll(async () => {
    const flags = configured({
      ...quick,
      mode: 'observe',
      'traffic.interval': '3s',
      bake: '3s',
      'deadlines.observation': '5m',
    });
    const { simulation } = globalThis as { simulation?: Simulation }; // there in the project `scenarios` (vitest.config.ts)
    sandbox = await (simulation?.start ?? startSandboxProcess)(...flags);
    pipeline = pipelineOf(sandbox);
    // Whatever Sluice would write there is refused, and counted.
    for (const dependency of ['kubernetes', 'github'] as const) {
      await pipeline.dependency({ dependency, fault: 'status', status: 403, match: '^(POST|PUT|PATCH|DELETE) ' });
    }
    for (const side of ['blue', 'green']) {
      const application = `/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/${name}-prod-${side}`;
      await foreign(application, { spec: { syncPolicy: { automated: null } } });
    }
  });
  afterAll(() => sandbox?.dispose());
  beforeEach(async () => {
    await move({ blue: 100, green: 0 });
  });

  /** What the other pipeline does. */
  const foreign = <T>(path: string, patch?: object) => asAdministrator<T>(sandbox, path, patch);
  const move = ({ blue, green }: Weights) =>
    foreign(vs, {
      spec: {
        http: [
          {
            route: [
              { destination: { host: hosts.blue }, weight: blue },
              { destination: { host: hosts.green }, weight: green },
            ],
          },
        ],
      },
    });
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  /** CI builds a version, GitHub says so, and the other pipeline brings it to green. */
  async function build(version: string) {
    const { workflowRunPayload, digest } = await pipeline.release(version);
    const answer = await pipeline.deliver(workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    const path = `/apis/apps/v1/namespaces/production-green/deployments/${name}`;
    // biome-ignore lint/suspicious/noExplicitAny: Kubernetes' own JSON
    const deployment = await foreign<any>(path);
    const { containers } = deployment.spec.template.spec;
    containers[0].image = containers[0].image.replace(/@.*/, `@${digest}`);
    const labels = { 'app.kubernetes.io/version': version };
    await foreign(path, { spec: { template: { metadata: { labels }, spec: { containers } } } });
    await until('green runs it', patienceMs, async () => {
      const { environments } = await pipeline.service();
      return environments.green.version === version && environments.green.ready > 0;
    });
    return operation;
  }
  const operation = (id: string) => pipeline.api<ApiOperation>(`/api/operations/${id}`);
  const writes = async () =>
    (await pipeline.dependencies()).filter(({ spoilt }) => spoilt > 0).map(({ dependency }) => dependency);

  it('is judged beside that pipeline, and told that Sluice would have brought it in, too', async () => {
    const id = await build('v2.2.0');
    await pipeline.inState(id, 'observing');
    for (const green of [10, 50, 100]) {
      await move({ blue: 100 - green, green });
      await wait(5_000);
    }

    const ended = await pipeline.ended(id);
    const { kind, observation } = await operation(id);

    expect(ended.reason).toContain('Sluice would have given v2.2.0 all the traffic');
    expect({ kind, outcome: ended.outcome }).toEqual({ kind: 'observation', outcome: 'would-succeed' });
    expect(observation?.seen.map(({ share }) => share)).toEqual([0, 10, 50, 100]);
    expect(observation?.decisions).toEqual([]);
    expect(observation?.plan.join(' ')).toContain('1 of devops, 1 of ml-lead');
    const { lock, environments } = await pipeline.service();
    expect({ epoch: lock.epoch, green: environments.green.weight }).toEqual({ epoch: 0, green: 100 });
    const mail = (await pipeline.mails()).find(({ subject }) => subject.includes('v2.2.0'));
    expect(mail?.subject).toBe(`${name} v2.2.0: observation would-succeed`);
    expect(mail?.body.text).toContain('the other pipeline: blue 50, green 50');
    expect(await writes()).toEqual([]);
  });

  it('is told when Sluice would have taken a bad release back, while that pipeline goes on with it', async () => {
    await pipeline.fault({ version: 'v2.3.0', errorRate: 0.3 });
    const id = await build('v2.3.0');
    await pipeline.inState(id, 'observing');
    await move({ blue: 75, green: 25 });
    await wait(8_000);
    await move({ blue: 0, green: 100 });

    const ended = await pipeline.ended(id);
    const { observation } = await operation(id);

    expect(ended.outcome).toBe('would-roll-back');
    expect(ended.reason).toMatch(/Sluice would have taken the traffic of v2.3.0 back at .*, at 25 %: .*rror/);
    expect(ended.reason).toContain('The other pipeline gave it all of the traffic');
    expect(observation?.decisions).toMatchObject([{ kind: 'return', share: 25 }]);
    const { environments } = await pipeline.service();
    expect(environments.green.weight).toBe(100);
    expect(await writes()).toEqual([]);
  });

  it('has its alerts told in the report, and no rollback starts', async () => {
    const id = await build('v2.4.0');
    await pipeline.inState(id, 'observing');
    await move({ blue: 75, green: 25 });
    await until('it has traffic', patienceMs, async () => (await operation(id)).target === 'green');

    const answer = await pipeline.alert({ environment: 'green' });
    await until('it is told', patienceMs, async () => (await operation(id)).observation?.decisions.length === 1);
    await pipeline.alert({ environment: 'green' }, 'resolved');
    await move({ blue: 100, green: 0 });

    const ended = await pipeline.ended(id);
    const { alerts } = (await answer.json()) as { alerts: { accepted: boolean; reason: string }[] }; // the webhook's own answer
    expect(alerts).toMatchObject([{ accepted: false, reason: expect.stringContaining('[OnlyObserved]') }]);
    expect(ended.outcome).toBe('would-roll-back');
    expect(ended.reason).toContain('[AlertFiring]');
    expect(ended.reason).toContain('The other pipeline took the traffic away');
    expect((await pipeline.operations()).filter(({ kind }) => kind !== 'observation')).toEqual([]);
    expect(await writes()).toEqual([]);
  });

  it.each([
    ['/api/rollbacks', { service: name, version: 'v2.0.5', reason: 'try', emergency: true }],
    [`/api/services/${name}/traffic`, { from: 'blue', to: 'green', percentage: 10, reason: 'try' }],
    [`/api/services/${name}/freeze`, { reason: 'try' }],
    [`/api/services/${name}/holds`, { version: 'v2.0.5', reason: 'try' }],
    [`/api/services/${name}/branches/green`, { action: 'take-back', reason: 'try' }],
  ])('%s is refused at once', async (path, body) => {
    const before = await pipeline.operations();

    const answer = await pipeline.post(path, body);

    expect(answer).toMatchObject({ status: 409, body: { error: { name: 'OnlyObserved' } } });
    expect(await pipeline.operations()).toHaveLength(before.length);
    expect((await pipeline.service()).frozen).toBeNull();
  });

  it('an observation can be aborted, and neither paused nor promoted', async () => {
    const id = await build('v2.5.0');
    await pipeline.inState(id, 'observing');

    for (const part of ['pause', 'resume']) {
      const refused = await pipeline.post(`/api/operations/${id}/${part}`, { reason: 'try' });
      expect(refused).toMatchObject({ status: 409, body: { error: { name: 'OnlyObserved' } } });
    }
    await pipeline.post(`/api/operations/${id}/abort`, { reason: 'nothing to see' });

    expect(await pipeline.ended(id)).toMatchObject({ outcome: 'aborted' });
    expect(await writes()).toEqual([]);
  });
});
