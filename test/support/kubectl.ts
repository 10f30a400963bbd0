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
