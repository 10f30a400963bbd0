import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startKubernetes } from '../../../sandbox/kubernetes/start-kubernetes.ts';
import { startWorld, type World } from './support.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const merge = 'application/merge-patch+json';

async function inWorld(test: (world: World) => Promise<void>, options: Parameters<typeof startWorld>[0] = {}) {
  const world = await startWorld(options);
  try {
    await test(world);
  } finally {
    await world.close();
  }
}

const version = ({ body }: { body: Record<string, unknown> }) =>
  Number((body.metadata as { resourceVersion: string }).resourceVersion);
const patch = (world: World, name: string, data: object) =>
  world.call('PATCH', `${configMaps}/${name}`, { body: { data }, type: merge });

describe('a restart', () => {
  it('keeps objects, certificate and token, and versions only grow', () =>
    inWorld(async (world) => {
      const before = await world.call('POST', configMaps, { body: { metadata: { name: 'kept' }, data: { a: '1' } } });
      const { caPem, adminToken } = world.server;

      await world.restart();

      expect([world.server.caPem, world.server.adminToken]).toEqual([caPem, adminToken]);
      expect((await world.call('GET', `${configMaps}/kept`)).body).toEqual(before.body);
      expect(version(await patch(world, 'kept', { a: '2' }))).toBeGreaterThan(version(before));
    }));

  it('lets a watch resume where it was', () =>
    inWorld(async (world) => {
      const seen = version(await world.call('POST', configMaps, { body: { metadata: { name: 'one' } } }));
      await world.call('POST', configMaps, { body: { metadata: { name: 'two' } } });

      await world.restart();
      const watch = await world.watch(`${configMaps}?watch=true&resourceVersion=${seen}`);
      await world.call('POST', configMaps, { body: { metadata: { name: 'three' } } });

      expect([(await watch.next()).object.metadata.name, (await watch.next()).object.metadata.name]).toEqual([
        'two',
        'three',
      ]);
    }));

  it('refuses to resume from a version that the crash took away', () =>
    inWorld(async (world) => {
      const last = version(await world.call('POST', configMaps, { body: { metadata: { name: 'one' } } }));

      await world.restart();
      const watch = await world.watch(`${configMaps}?watch=true&resourceVersion=${last + 1}`);

      expect(await watch.next()).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    }));

  it('serves custom kinds again', () =>
    inWorld(async (world) => {
      const spec = {
        group: 'example.com',
        scope: 'Cluster',
        names: { plural: 'things', kind: 'Thing' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      };
      await world.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
        body: { metadata: { name: 'things.example.com' }, spec },
      });
      await world.call('POST', '/apis/example.com/v1/things', {
        body: { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'one' } },
      });

      await world.restart();

      expect((await world.call('GET', '/apis/example.com/v1/things/one')).status).toBe(200);
    }));
});

describe('the journal', () => {
  it('does not grow with the number of writes', () =>
    inWorld(
      async (world) => {
        await world.call('POST', configMaps, { body: { metadata: { name: 'beating' } } });
        const big = 'x'.repeat(1_000);
        for (let beat = 0; beat < 300; beat += 1) await patch(world, 'beating', { beat: `${beat}${big}` });
        await world.restart();

        const { size } = await stat(join(world.dataDir, 'kubernetes', 'objects.journal'));
        expect(size).toBeLessThan(100_000);
        const { body } = await world.call('GET', `${configMaps}/beating`);
        expect(body.data).toEqual({ beat: `299${big}` });
      },
      { store: { compactAfter: 50 } },
    ));

  it('holds everything that was acknowledged when the process is killed', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-kubernetes-kill-'));
    const module = new URL('../../../sandbox/kubernetes/start-kubernetes.ts', import.meta.url).href;
    const script = `import { startKubernetes } from '${module}'; const s = await startKubernetes({ port: 0, dataDir: '${dataDir}' }); console.log(s.endpoint);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((ready) => child.stdout.once('data', ready));
    const config = JSON.parse(await readFile(join(dataDir, 'kubeconfig'), 'utf8'));
    const agent = new Agent({
      keepAlive: true,
      ca: Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64'),
    });
    const acknowledged: string[] = [];
    const create = (name: string) =>
      new Promise<void>((resolve) => {
        const outgoing = request(config.clusters[0].cluster.server + configMaps, {
          method: 'POST',
          agent,
          headers: { authorization: `Bearer ${config.users[0].user.token}`, 'content-type': 'application/json' },
        });
        outgoing.on('response', (response) => {
          if (response.statusCode === 201) acknowledged.push(name);
          response.resume().on('close', resolve);
          response.on('error', () => undefined); // killed in the middle of an answer
        });
        outgoing.on('error', () => resolve()); // killed before the answer
        outgoing.end(JSON.stringify({ metadata: { name } }));
      });

    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let index = 0; child.exitCode === null && child.signalCode === null; index += 1) {
        await create(`w${writer}-${index}`);
        if (acknowledged.length === 60) child.kill('SIGKILL');
      }
    });
    await Promise.all(writers);
    agent.destroy();

    const server = await startKubernetes({ port: 0, dataDir });
    const again = new Agent({ ca: server.caPem });
    const names = await new Promise<string[]>((resolve, reject) => {
      const outgoing = request(server.endpoint + configMaps, {
        agent: again,
        headers: { authorization: `Bearer ${server.adminToken}` },
      });
      outgoing.on('error', reject);
      outgoing.on('response', async (response) => {
        const list = JSON.parse(Buffer.concat(await response.toArray()).toString());
        resolve(list.items.map((item: { metadata: { name: string } }) => item.metadata.name));
      });
      outgoing.end();
    });
    await server.close();
    await rm(dataDir, { recursive: true });
    expect(acknowledged.length).toBeGreaterThanOrEqual(60);
    expect(names).toEqual(expect.arrayContaining(acknowledged));
  });
});

describe('secrets on disk', () => {
  it('are readable by their owner only', () =>
    inWorld(async (world) => {
      const files = ['kubeconfig', 'kubernetes/admin-token', 'kubernetes/server-certificate.json'];

      const modes = await Promise.all(files.map(async (file) => (await stat(join(world.dataDir, file))).mode & 0o777));

      expect(modes).toEqual([0o600, 0o600, 0o600]);
    }));
});
