import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Weights } from '../../../contracts/names.ts';
import { asAdministrator } from '../../support/administrator.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { type Pipeline, pipelineOf } from '../../support/pipeline.ts';
import { type SandboxProcess, startSandboxProcess } from '../../support/sandbox-process.ts';
import type { Simulation } from '../../support/simulated/environment.ts';
import { trafficClient } from '../../support/traffic-client.ts';
import { patienceMs, until } from '../../support/until.ts';

const name = 'chest-xray-mlops';

interface Target {
  readonly weight?: number;
}
interface Rule {
  readonly name?: string;
  readonly route?: readonly Target[];
  readonly backendRefs?: readonly Target[];
}

/** How each kind of route says that some requests have nothing to do with the service. */
const kinds = {
  istio: {
    list: 'http',
    path: `/apis/networking.istio.io/v1/namespaces/production/virtualservices/${name}`,
    targets: 'route',
    billing: {
      name: 'billing',
      match: [{ uri: { prefix: '/billing' } }],
      route: [{ destination: { host: 'billing', port: { number: 80 } } }],
    },
  },
  'gateway-api': {
    list: 'rules',
    path: `/apis/gateway.networking.k8s.io/v1/namespaces/production/httproutes/${name}`,
    targets: 'backendRefs',
    billing: {
      name: 'billing',
      matches: [{ path: { type: 'PathPrefix', value: '/billing' } }],
      // No backend: a gateway would not follow a route to a Service that does not exist.
      filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'billing.example.com', statusCode: 302 } }],
    },
  },
} as const;

describe.each(['istio', 'gateway-api'] as const)('a service with two named rules (%s)', (router) => {
  const { list, path, targets, billing } = kinds[router];
  let sandbox: SandboxProcess;
  let pipeline: Pipeline;
  beforeAll(async () => {
    const flags = configured({ ...quick, 'traffic.router': router, 'traffic.rules': ['api', 'web'] });
    const { simulation } = globalThis as { simulation?: Simulation }; // there in the project `long-scenarios` (vitest.config.ts)
    sandbox = await (simulation?.start ?? startSandboxProcess)(...flags);
    pipeline = pipelineOf(sandbox);
    const [first, last] = await rules();
    await change([first, billing, last]);
  });
  afterAll(() => sandbox?.dispose());
  afterEach(() => pipeline.heal());

  const rules = async () => {
    const { spec } = await asAdministrator<{ spec: Readonly<Record<string, readonly Rule[]>> }>(sandbox, path);
    return spec[list] ?? [];
  };
  const change = (wanted: readonly unknown[]) => asAdministrator(sandbox, path, { spec: { [list]: wanted } });
  const weightsIn = (rule: Rule | undefined): Weights => {
    const [blue, green] = rule?.[targets] ?? []; // in the order in which the sandbox has written them
    return { blue: blue?.weight ?? 0, green: green?.weight ?? 0 };
  };
  const weights = async () => {
    const [api, , web] = await rules();
    return [weightsIn(api), weightsIn(web)];
  };
  /** Which sides answer under a path. */
  const answering = async (requested: string) => {
    const ask = trafficClient(sandbox.ready.traffic, sandbox.ready.host, requested);
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    return [...new Set(answers.map(({ environment }) => environment))].sort();
  };
  const half = { blue: 50, green: 50 };
  const atHalf = () =>
    until('both rules are split', patienceMs, async () => weightsIn((await rules())[0]).blue === 50, 10);
  const shiftTo = async (version: string) => {
    const operation = await pipeline.begin(version);
    await atHalf();
    return operation;
  };
  const allOn = async (side: 'blue' | 'green') => {
    const whole = { blue: side === 'blue' ? 100 : 0, green: side === 'green' ? 100 : 0 };
    await until(`${side} has all of both rules`, patienceMs, async () =>
      (await weights()).every(({ blue, green }) => blue === whole.blue && green === whole.green),
    );
  };

  it('brings a release to all of the traffic of both, and leaves the third alone', async () => {
    const operation = await shiftTo('v3.1.0');
    expect(await weights()).toEqual([half, half]);
    expect(await Promise.all(['/api/predict', '/predict'].map(answering))).toEqual([
      ['blue', 'green'],
      ['blue', 'green'],
    ]);

    expect((await pipeline.ended(operation)).outcome).toBe('succeeded');

    await allOn('green');
    expect(await Promise.all(['/api/predict', '/predict'].map(answering))).toEqual([['green'], ['green']]);
    expect((await rules())[1]).toEqual(billing);
  });

  it('returns all of the traffic when somebody changes one of them in the middle of a shift', async () => {
    const operation = await shiftTo('v3.2.0');
    const [api, other, web] = await rules();
    const moved = (web?.[targets] ?? []).map((one: Target, index: number) => ({
      ...one,
      weight: index === 0 ? 90 : 10,
    }));
    await change([api, other, { ...web, [targets]: moved }]);

    const ended = await pipeline.ended(operation);

    expect(ended.outcome).toBe('rolled-back');
    expect(ended.reason).toContain('(web) has blue 90 %, green 10 %; give the rules of traffic.rules the same weights');
    const rollback = (await pipeline.operations()).find(({ related }) => related === operation);
    const { timeline } = await pipeline.operation(rollback?.id ?? '');
    expect(
      timeline.find(({ action, phase }) => action === 'return-traffic' && phase === 'intent')?.details,
    ).toMatchObject({
      before: { problem: expect.stringContaining('(web) has blue 90 %') },
      wanted: { blue: 0, green: 100 },
    });
    await allOn('green');
    expect((await rules())[1]).toEqual(billing);
  });

  it('returns the traffic of both at an alert while the database is away (rule 6)', async () => {
    const operation = await shiftTo('v3.3.0');
    await pipeline.dependency({ dependency: 'dynamodb', fault: 'unreachable' });

    expect((await pipeline.alert({ environment: 'blue' })).status).toBe(202);
    await allOn('green');
    await pipeline.heal();

    expect((await pipeline.ended(operation)).outcome).toBe('rolled-back');
    expect((await rules())[1]).toEqual(billing);
  });
});
