import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import type { SandboxProcess } from './sandbox-process.ts';

const run = promisify(execFile);

/** `kubectl` itself, as a person uses it on a running sandbox: answers what it printed, throws what it says of a failure. */
export const kubectlOf =
  (sandbox: Pick<SandboxProcess, 'ready'>) =>
  async (...words: string[]): Promise<string> =>
    (await run(await layerBinary('kubectl'), ['--kubeconfig', sandbox.ready.kubeconfig, ...words])).stdout;

/** What an Argo CD would heal at once stays as a test has made it. */
export const withoutSelfHeal = async (
  kubectl: ReturnType<typeof kubectlOf>,
  environment: 'blue' | 'green',
): Promise<void> => {
  const change = JSON.stringify({ spec: { syncPolicy: { automated: null } } });
  const application = `chest-xray-mlops-prod-${environment}`;
  await kubectl('patch', 'applications.argoproj.io', application, '-n', 'argocd', '--type=merge', '-p', change);
};
