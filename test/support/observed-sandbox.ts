import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Pipeline, pipelineOf } from './pipeline.ts';
import { type Recorder, record } from './recorder/record.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';
import type { Simulation } from './simulated/environment.ts';

/** A running sandbox, what people and dependencies do to it, and the recorder that watches it all the time. */
export interface Observed {
  readonly sandbox: SandboxProcess;
  readonly pipeline: Pipeline;
  readonly recorder: Recorder;
}

/** Starts one for a test that ends it itself, by `finish`. */
export async function startObserved(...flags: string[]): Promise<Observed> {
  const { simulation } = globalThis as { simulation?: Simulation }; // there in the project `scenarios` (vitest.config.ts)
  const sandbox = await (simulation?.start ?? startSandboxProcess)(...flags);
  const pipeline = pipelineOf(sandbox);
  try {
    return { sandbox, pipeline, recorder: await record(sandbox, pipeline) };
  } catch (error) {
    await sandbox.dispose();
    throw error;
  }
}

/** Ends it; fails when an invariant was broken at any time of the run. */
export async function finish({ sandbox, recorder }: Observed): Promise<void> {
  try {
    expect(await recorder.violations()).toEqual([]);
  } finally {
    await recorder.close();
    await sandbox.dispose();
  }
}

/** One sandbox for all tests of a file. The invariants are checked after each of them, and as a whole at the end. */
export function observedSandbox(...flags: string[]): Observed {
  let observed: Observed | undefined;
  const started = (): Observed => {
    if (observed === undefined) throw new Error('The sandbox has not started.');
    return observed;
  };
  beforeAll(async () => {
    observed = await startObserved(...flags);
  });
  afterEach(async () => {
    expect(await started().recorder.violationsSoFar()).toEqual([]);
  });
  afterAll(async () => {
    if (observed !== undefined) await finish(observed);
  });
  // Tests are written before the sandbox has started: each of these asks for it when it is used.
  const sandbox: SandboxProcess = {
    get ready() {
      return started().sandbox.ready;
    },
    get dataDir() {
      return started().sandbox.dataDir;
    },
    output: () => started().sandbox.output(),
    kill: () => started().sandbox.kill(),
    killAndRestart: () => started().sandbox.killAndRestart(),
    stop: () => started().sandbox.stop(),
    dispose: () => started().sandbox.dispose(),
  };
  const recorder: Recorder = {
    get route() {
      return started().recorder.route;
    },
    get capacity() {
      return started().recorder.capacity;
    },
    violationsSoFar: () => started().recorder.violationsSoFar(),
    violations: () => started().recorder.violations(),
    close: () => started().recorder.close(),
  };
  return { sandbox, pipeline: pipelineOf(sandbox), recorder };
}
