import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createKubeClient, isConflict } from '../../sandbox/kubernetes/controllers/kube-client.ts';
import { clusterOf } from '../../sandbox/kubernetes/controllers/kubeconfig.ts';
import type { KubeObject } from '../../sandbox/kubernetes/controllers/objects.ts';
import { type ResourceType, resources } from '../../sandbox/kubernetes/controllers/resources.ts';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import { freePort, type GuardedProcess, startGuarded } from './guarded-process.ts';

/** The real Argo CD: its application controller, its repository server, and what they remember by. */
export interface ArgoCd {
  /** Ends the repository server until `startRepoServer`. */
  stopRepoServer(): Promise<void>;
  startRepoServer(): Promise<void>;
  /** Ends the application controller until `startController`. */
  stopController(): Promise<void>;
  startController(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts Argo CD on loopback for the Applications in the namespace `argocd` of the cluster whose kubeconfig's text this is. The namespace is
 * made where it is not there, and stays.
 *
 * @param programs folder with `argocd` and `redis` (programs.ts).
 */
export async function startArgoCd(programs: string, folder: string, kubeconfig: string): Promise<ArgoCd> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  for (const name of ['tls', 'ssh', 'gpg', 'plugins', 'tmp', 'bin']) await mkdir(at(name), { recursive: true });
  await writeFile(at('ssh/ssh_known_hosts'), '');
  await writeFile(at('kubeconfig'), kubeconfig, { mode: 0o600 });
  await symlink(await layerBinary('helm'), at('bin/helm'));
  // By this name Git calls it for the password of a repository.
  await symlink(join(programs, 'argocd'), at('bin/argocd'));
  // Argo CD asks it for signatures, which nobody wants here.
  await writeFile(at('bin/git-verify-wrapper.sh'), '#!/bin/sh\n');
  await chmod(at('bin/git-verify-wrapper.sh'), 0o755);
  await install(kubeconfig);

  const ports = { redis: await freePort(), repoServer: await freePort() };
  const env = {
    ...process.env,
    HOME: folder,
    TMPDIR: at('tmp'),
    PATH: `${at('bin')}:${process.env.PATH}`,
    // `https://kubernetes.default.svc` of an Application is the cluster of the kubeconfig.
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    KUBECONFIG: at('kubeconfig'),
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_TLS_DATA_PATH: at('tls'),
    ARGOCD_SSH_DATA_PATH: at('ssh'),
    ARGOCD_PLUGINSOCKFILEPATH: at('plugins'),
    ARGOCD_ASK_PASS_SOCK: at('ask-pass.sock'),
  };
  const start = (name: string, file: string, words: readonly string[]) =>
    startGuarded(name, [join(programs, file), ...words], {
      folder,
      // One binary is all of Argo CD's programs, by the name that it is told.
      env: { ...env, ARGOCD_BINARY_NAME: name },
    });
  const redis = `127.0.0.1:${ports.redis}`;
  const startRepoServer = async () => {
    repoServer = start('argocd-repo-server', 'argocd', [
      ...['--address', '127.0.0.1', '--port', String(ports.repoServer)],
      ...['--metrics-address', '127.0.0.1', '--metrics-port', String(await freePort())],
      ...['--redis', redis, '--disable-tls', '--client-ca-path', ''],
    ]);
    await listening(ports.repoServer, repoServer);
  };
  let repoServer: GuardedProcess | undefined;
  const cache = start('redis', 'redis', [redis]);
  await listening(ports.redis, cache);
  await startRepoServer();
  let controller: GuardedProcess | undefined;
  const startController = async () => {
    controller = start('argocd-application-controller', 'argocd', [
      ...['--kubeconfig', at('kubeconfig'), '--namespace', 'argocd', '--redis', redis],
      ...['--repo-server', `127.0.0.1:${ports.repoServer}`, '--repo-server-plaintext'],
      ...['--metrics-port', String(await freePort())],
    ]);
  };
  await startController();
  return {
    startRepoServer,
    stopRepoServer: async () => repoServer?.close(),
    startController,
    stopController: async () => controller?.close(),
    close: async () => {
      await controller?.close();
      await repoServer?.close();
      await cache.close();
    },
  };
}

/** What Argo CD's own manifests have besides the programs and the CustomResourceDefinitions. */
async function install(kubeconfig: string): Promise<void> {
  const client = createKubeClient(clusterOf(kubeconfig));
  const labels = { 'app.kubernetes.io/part-of': 'argocd' };
  const metadata = (name: string) => ({ namespace: 'argocd', name, labels });
  const objects: [ResourceType, KubeObject & { data?: object; stringData?: object }][] = [
    [resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } }],
    [resources.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('argocd-cm') }],
    [resources.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('argocd-rbac-cm') }],
    [
      resources.secrets,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: metadata('argocd-secret'),
        stringData: {
          'server.secretkey': 'not-a-secret',
          'admin.password': '',
          'admin.passwordMtime': '2026-01-01T00:00:00Z',
        },
      },
    ],
  ];
  try {
    for (const [type, object] of objects) {
      await client.create(type, object).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
    }
  } finally {
    client.close();
  }
}

/** Resolves once somebody listens there. @throws {Error} when the program has ended instead. */
async function listening(port: number, program: GuardedProcess): Promise<void> {
  for (;;) {
    const failure = program.failure();
    if (failure) throw failure;
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await pause(200);
  }
}
