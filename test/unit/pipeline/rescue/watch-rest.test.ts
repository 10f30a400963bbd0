import { beforeEach, describe, expect, it } from 'vitest';
import type { Application, ArgoApplications } from '../../../../adapters/gitops/argo-application.ts';
import { fenceAnnotation, parseFence } from '../../../../contracts/fence.ts';
import type { Weights } from '../../../../contracts/names.ts';
import { createHandler } from '../../../../functions/watch/handler.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { createWorld, FakePager, type World } from '../support/world.ts';

const weights: Weights = { blue: 100, green: 0 };
const fence = { epoch: 1, seq: 4, operation: 'op-1', origin: 'blue' as const, weights };

let world: World;
let route: FakeRoute;
/** Ready pods of blue; the fake has 1 on green. */
let ready: number;
let sync: string;
let phase: string;
let second: FakePager;
beforeEach(async () => {
  world = await createWorld();
  route = new FakeRoute(weights, fence);
  [ready, sync, phase, second] = [3, 'Synced', 'Succeeded', new FakePager()];
  await lockFor('op-1');
  await world.store.locks.markAdopted(world.service.name);
  await world.store.locks.release(world.service.name, 'op-1');
});

const lockFor = (operation: string) =>
  world.store.locks.acquire(world.service.name, {
    operation,
    kind: 'deployment',
    executionArn: 'arn',
    at: 'now',
    deadline: new Date(world.now() + 3_600_000).toISOString(),
  });

const clusterNow = () => {
  const cluster = fakeCluster(route.weights);
  const readDeployment: typeof cluster.workloads.readDeployment = async (namespace, name) => {
    const deployment = await cluster.workloads.readDeployment(namespace, name);
    if (namespace !== 'production-blue' || deployment === null) return deployment;
    return { ...deployment, status: { ...deployment.status, readyReplicas: ready } };
  };
  const application = { status: { sync: { status: sync }, operationState: { phase } } } as unknown as Application;
  const read: ArgoApplications['read'] = async (name) =>
    name.endsWith('blue') ? application : ({ status: { sync: { status: 'Synced' }, operationState: {} } } as never);
  return {
    ...cluster,
    router: route,
    workloads: { ...cluster.workloads, readDeployment },
    applications: { ...cluster.applications, read },
  };
};

const look = async () => {
  world.pass(300_000);
  const pagers = new Map([
    ['webhook', world.pager],
    ['sns', second],
  ]);
  await createHandler({
    ...world,
    pagers: () => pagers,
    cluster: clusterNow,
    installation: 'sluice',
    publish: () => undefined,
  })({});
};
const pages = () => world.pager.pages;
const textOf = () => pages().at(-1)?.text ?? '';

describe('between operations the watch', () => {
  it('wakes nobody while everything is as Sluice left it, and writes nothing', async () => {
    await look();

    expect(pages()).toEqual([]);
    expect(await world.store.atRest.read(world.service.name)).toEqual({ open: {}, revision: 0 });
  });

  it('after a break-glass offers no side without a ready pod, and says how the new weights are noted', async () => {
    route.weights = { blue: 0, green: 100 };
    ready = 0;

    await look();

    const page = pages().find(({ text }) => text.includes('changed the weights'))?.text ?? '';
    expect(page).toContain('blue, where Sluice had put everything, has no ready pod');
    expect(page).not.toContain('break-glass --service');
    expect(page).toMatch(/If it was intended.*\n?.*kubectl annotate --overwrite .*"weights":\{"blue":0,"green":100\}/);
  });

  it('links lead to the side on which it was found, and of the route to none', async () => {
    const links = { Pods: 'https://pods.example.com/{{namespace}}' };
    world = { ...world, configuration: { ...world.configuration, links } };
    ready = 0;
    route.fence = null;

    await look();

    const lost = pages().find(({ text }) => text.includes('no ready pod'))?.text ?? '';
    expect(lost).toContain('Pods: https://pods.example.com/production-blue');
    expect(lost).toContain('Console: https://sluice.example.com/#service=chest-xray-mlops');
    const fenceless = pages().find(({ text }) => text.includes('fence annotation of its route is gone'))?.text ?? '';
    expect(fenceless).toContain('Console: ');
    expect(fenceless).not.toContain('pods.example.com');
  });

  it.each<[string, () => void, () => void, RegExp, RegExp[]]>([
    [
      'weights that changed',
      () => {
        route.weights = { blue: 50, green: 50 };
      },
      () => {
        route.weights = weights;
      },
      /changed the weights of its route to blue 50 %, green 50 %; blue 100 %, green 0 % was last written/,
      [
        /kubectl get -n production virtualservice chest-xray-mlops -o yaml --show-managed-fields/,
        /sluice break-glass --service chest-xray-mlops --to blue/,
      ],
    ],
    [
      'a fence that went away',
      () => {
        route.fence = null;
      },
      () => {
        route.fence = fence;
      },
      /The fence annotation of its route is gone/,
      [/kubectl annotate --overwrite -n production virtualservice chest-xray-mlops 'sluice.dev\/fence=\{"epoch":1/],
    ],
    [
      'a side that lost its pods',
      () => {
        ready = 0;
      },
      () => {
        ready = 3;
      },
      /blue has 100 % of the traffic and no ready pod/,
      [
        /kubectl -n production-blue describe pods -l app.kubernetes.io\/name=chest-xray-mlops/,
        /sluice rollback --service chest-xray-mlops --version last-known-good --reason "…" --emergency/,
      ],
    ],
    [
      'an Application out of sync',
      () => {
        sync = 'OutOfSync';
      },
      () => {
        sync = 'Synced';
      },
      /Argo CD's Application chest-xray-mlops-prod-blue is out of sync/,
      [/argocd app diff argocd\/chest-xray-mlops-prod-blue/],
    ],
  ])(
    'pages once for %s, with what to type, and again after it was well in between',
    async (_, spoil, mend, reason, steps) => {
      spoil();
      await look();
      await look();

      expect(pages()).toHaveLength(1);
      expect(second.pages).toEqual(pages());
      expect(world.mailer.sent.map(({ subject }) => subject)).toEqual([
        '[page] chest-xray-mlops: changed while nothing is deployed',
      ]);
      expect(textOf()).toMatch(reason);
      for (const step of [/sluice status --service chest-xray-mlops/, ...steps]) expect(textOf()).toMatch(step);
      mend();
      await look();
      expect(pages()).toHaveLength(1);
      spoil();
      await look();
      await look();
      expect(pages()).toHaveLength(2);
      expect(new Set(pages().map(({ key }) => key)).size).toBe(2);
    },
  );

  it('gives a fence that can be put back, and that Sluice then takes for its own', async () => {
    route.fence = null;
    await look();

    const [, annotation = ''] = textOf().match(new RegExp(`'${fenceAnnotation.replace('.', '\\.')}=(.*?)'`)) ?? [];
    expect(parseFence(annotation)).toMatchObject({ epoch: 1, origin: 'blue', weights });
  });

  it('pages through a channel that failed once more, and through no other', async () => {
    second.fails = true;
    route.weights = { blue: 50, green: 50 };
    await look();
    expect([pages().length, second.pages.length, world.mailer.sent.length]).toEqual([1, 0, 1]);
    expect(JSON.stringify(world.logged)).toContain('no answer');
    second.fails = false;

    await look();
    await look();

    expect([pages().length, second.pages.length, world.mailer.sent.length]).toEqual([1, 1, 1]);
    expect(second.pages[0]?.key).toBe(pages()[0]?.key);
  });

  it('leaves everything to an operation that is at work', async () => {
    await lockFor('op-2');
    route.weights = { blue: 50, green: 50 };
    await look();
    expect(pages()).toEqual([]);

    await world.store.locks.release(world.service.name, 'op-2');
    await look();
    expect(pages()).toHaveLength(1);
  });

  it('concludes nothing while somebody takes the lock under its eyes', async () => {
    route.weights = { blue: 50, green: 50 };
    const { read } = route;
    route.read = async () => {
      await lockFor('op-2');
      return read.call(route);
    };

    await look();

    expect(pages()).toEqual([]);
  });

  it('pages once when two looks come at once', async () => {
    route.weights = { blue: 50, green: 50 };

    await Promise.all([look(), look()]);

    expect(pages()).toHaveLength(1);
  });

  it('gives a few pods that are missing until the next look, and says nothing of a sync at work', async () => {
    [ready, sync, phase] = [1, 'OutOfSync', 'Running'];
    await look();
    expect(pages()).toEqual([]);

    await look();
    expect(textOf()).toMatch(/ready pods: 1 of the 3 that it needs/);
    expect(pages()).toHaveLength(1);
  });

  it('keeps what it knows while it cannot read it', async () => {
    route.weights = { blue: 50, green: 50 };
    await look();
    const { read } = route;
    route.read = () => Promise.reject(new Error('no answer'));
    await look();
    route.read = read;
    await look();

    expect(pages()).toHaveLength(1);
  });
});
