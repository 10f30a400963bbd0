import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadCertificate, writeKubeconfig } from '../../sandbox/kubernetes/credentials.ts';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import { freePort, type GuardedProcess, startGuarded } from './guarded-process.ts';
import type { ProgramName, Programs } from './programs.ts';

const run = promisify(execFile);

/** A real etcd, kube-apiserver and kube-controller-manager on loopback. */
export interface ControlPlane {
  readonly kubeconfig: string;
  /** One JSON object a line: the requests that came with this kubeconfig's credentials. */
  readonly auditLog: string;
  close(): Promise<void>;
}

/** The administrator, whose requests (and those that are made in the name of others) are in the audit log. */
const admin = 'sluice-admin';

/**
 * Starts a control plane with nothing in it but the CustomResourceDefinitions. Everything is kept in `folder`, and each program ends
 * with this process, however that ends.
 *
 * @throws {Error} with the end of its log when a program ends early.
 */
export async function startControlPlane(programs: Programs, folder: string): Promise<ControlPlane> {
  await mkdir(folder, { recursive: true });
  const certificate = await loadCertificate(folder, new Date());
  const token = randomBytes(32).toString('base64url');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = async (name: string, text: string | Buffer) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const ca = await file('ca.pem', certificate.caPem);
  const serverCertificate = await file('server.pem', certificate.certificatePem);
  const serverKey = await file('server-key.pem', certificate.keyPem);
  const signingKey = await file('signing-key.pem', privateKey.export({ type: 'sec1', format: 'pem' }));
  const verifyingKey = await file('verifying-key.pem', publicKey.export({ type: 'spki', format: 'pem' }));
  const tokens = await file('tokens.csv', `${token},${admin},1,"system:masters"\n`);
  const auditPolicy = await file('audit-policy.yaml', JSON.stringify(auditOf(admin)));
  const auditLog = join(folder, 'audit.log');
  const port = await freePort();
  const endpoint = `https://127.0.0.1:${port}`;
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { endpoint, caPem: certificate.caPem, token });

  const children: GuardedProcess[] = [];
  const start = (name: ProgramName, flags: Readonly<Record<string, string>>) => {
    const words = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    children.push(startGuarded(name, [programs.program(name), ...words], { folder }));
  };
  // etcd last: the others would only complain.
  const close = async () => {
    for (const child of children.toReversed()) await child.close();
  };
  const kubectl = async (...words: string[]) =>
    (await run(await layerBinary('kubectl'), ['--kubeconfig', kubeconfig, ...words], { env: { HOME: folder } })).stdout;
  const answers = async (...words: string[]) => {
    for (;;) {
      const failure = children.map((child) => child.failure()).find((found) => found !== undefined);
      if (failure) throw failure;
      const said = await kubectl(...words).catch(() => null);
      if (said !== null) return said;
      await pause(200);
    }
  };

  try {
    // Sockets in `folder`, where both programs run. etcd wants a port in an address, and takes it for a part of the name.
    const [clients, peers] = ['unix://clients:1', 'unix://peers:1'];
    start('etcd', {
      'data-dir': join(folder, 'etcd'),
      'listen-client-urls': `${clients}`,
      'advertise-client-urls': `${clients}`,
      'listen-peer-urls': `${peers}`,
      'initial-advertise-peer-urls': `${peers}`,
      'initial-cluster': `default=${peers}`,
      // Nothing here outlives a power cut.
      'unsafe-no-fsync': 'true',
      'log-level': 'warn',
    });
    start('kube-apiserver', {
      'etcd-servers': `${clients}`,
      'bind-address': '127.0.0.1',
      'advertise-address': '127.0.0.1',
      'secure-port': String(port),
      'endpoint-reconciler-type': 'none',
      'tls-cert-file': serverCertificate,
      'tls-private-key-file': serverKey,
      'token-auth-file': tokens,
      'authorization-mode': 'RBAC',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': verifyingKey,
      'service-account-signing-key-file': signingKey,
      'service-cluster-ip-range': '10.0.0.0/16',
      'audit-policy-file': auditPolicy,
      'audit-log-path': auditLog,
      profiling: 'false',
    });
    await answers('get', '--raw', '/readyz');
    start('kube-controller-manager', {
      kubeconfig,
      'authentication-kubeconfig': kubeconfig,
      'authorization-kubeconfig': kubeconfig,
      // It serves nothing that anybody here would ask for.
      'secure-port': '0',
      'leader-elect': 'false',
      'service-account-private-key-file': signingKey,
      'root-ca-file': ca,
      'use-service-account-credentials': 'true',
      // The sandbox's kubelet writes no leases: without this its node would be lost after 40 s, and the pods with it.
      controllers: '*,-node-lifecycle-controller',
      'horizontal-pod-autoscaler-sync-period': '2s',
    });
    for (const definition of programs.definitions) await kubectl('apply', '--server-side', '--filename', definition);
    await kubectl('wait', '--for=condition=established', '--timeout=120s', 'crd', '--all');
    await answers('get', 'serviceaccount', 'default', '--namespace', 'default');
  } catch (error) {
    await close();
    throw error;
  }
  return { kubeconfig, auditLog, close };
}

/** The administrator's requests with verb, object and answer, and nobody else's. */
const auditOf = (user: string) => ({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
});
