import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import { startControlPlane } from './control-plane.ts';
import { prepareArgoCd, preparePrograms } from './programs.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** Kinds without which the tests could not begin. */
const wanted = [
  'applications.argoproj.io',
  'appprojects.argoproj.io',
  'httproutes.gateway.networking.k8s.io',
  'scaledobjects.keda.sh',
  'virtualservices.networking.istio.io',
];

/** Namespaces that the tests make and remove. */
const taken = [
  'argocd',
  'charts-blue',
  'elsewhere',
  'enforced-blue',
  'production',
  'production-blue',
  'production-green',
  'sluice-test',
];

interface Cluster {
  readonly kubeconfig: string;
  /** Null where it is somebody else's. */
  readonly auditLog: string | null;
  close(): Promise<void>;
}

/** Runs the tests of the project `cluster` on a real control plane: the one that KUBECONFIG names, else one that is built here. */
async function main(words: readonly string[]): Promise<number> {
  const { KUBECONFIG: given } = process.env;
  const argoCd = await prepareArgoCd((line) => console.log(line));
  const cluster = given === undefined || given === '' ? await startOwn() : await useGiven(resolve(given));
  try {
    const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'cluster', '--maxWorkers', '1'];
    const child = spawn(process.execPath, [...vitest, ...words], {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        SLUICE_TEST_KUBECONFIG: cluster.kubeconfig,
        SLUICE_TEST_ARGO_CD: argoCd,
        ...(cluster.auditLog === null ? {} : { SLUICE_TEST_AUDIT_LOG: cluster.auditLog }),
      },
    });
    // Ctrl-C reaches Vitest as well: what was started here ends after it.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
    const [code] = await once(child, 'exit');
    return typeof code === 'number' ? code : 1;
  } finally {
    await cluster.close();
  }
}

async function startOwn(): Promise<Cluster> {
  const programs = await preparePrograms((line) => console.log(line));
  const folder = await mkdtemp(join(tmpdir(), 'sluice-control-plane-'));
  const remove = () =>
    process.env.SLUICE_CLUSTER_KEEP ? Promise.resolve() : rm(folder, { recursive: true, force: true });
  const began = Date.now();
  try {
    const plane = await startControlPlane(programs, folder);
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    console.log(`On a control plane of its own, ready after ${seconds} s: ${programs.program('kube-apiserver')}`);
    return {
      kubeconfig: plane.kubeconfig,
      auditLog: plane.auditLog,
      close: async () => {
        await plane.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function useGiven(kubeconfig: string): Promise<Cluster> {
  const kubectl = await layerBinary('kubectl');
  const get = async (...options: string[]) =>
    (await run(kubectl, ['--kubeconfig', kubeconfig, 'get', ...options, '--output', 'name'])).stdout.split('\n');
  const server = await run(kubectl, ['--kubeconfig', kubeconfig, 'cluster-info']);
  console.log(`On the cluster of KUBECONFIG=${kubeconfig}: ${server.stdout.match(/https:\S+/)?.[0] ?? ''}`);
  const kinds = await get('crd');
  const missing = wanted.filter((kind) => !kinds.some((name) => name.endsWith(`/${kind}`)));
  const namespaces = await get('namespaces');
  const inUse = taken.filter((name) => namespaces.includes(`namespace/${name}`));
  const problems = [
    ...(missing.length > 0
      ? [`It lacks these kinds: ${missing.join(', ')}. Install their CustomResourceDefinitions.`]
      : []),
    // They are removed with everything in them, which might be somebody's.
    ...(inUse.length > 0 ? [`It has these namespaces, which the tests make and remove: ${inUse.join(', ')}.`] : []),
  ];
  if (problems.length > 0) {
    const otherwise = 'Unset KUBECONFIG to have a control plane built and started for the tests alone.';
    throw new Error([...problems, otherwise].join('\n'));
  }
  return { kubeconfig, auditLog: null, close: async () => {} };
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  },
);
