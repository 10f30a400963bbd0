import { type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest';
import type { Simulation } from './environment.ts';

/** Undefined in a file that needs the machine itself: `@vitest-environment node`. */
const simulated = () => (globalThis as { simulation?: Simulation }).simulation;

/** Lets virtual time go on while a test or a hook runs, and at no other time: Vitest's own waiting must not pass for a test's. */
export default class SimulatedRunner extends TestRunner {
  override onCollectStart(file: RunnerTestFile): void {
    super.onCollectStart(file);
    simulated()?.begin();
  }

  onCollected(files: readonly RunnerTestFile[]): void {
    for (const file of files) letHooksTakeTime(file);
  }

  runTask(test: RunnerTestCase): Promise<void> {
    return inTime(TestRunner.getTestFn(test));
  }
}

function letHooksTakeTime(suite: RunnerTestSuite): void {
  for (const hooks of Object.values(TestRunner.getSuiteHooks(suite)) as ((...args: unknown[]) => unknown)[][]) {
    hooks.splice(
      0,
      hooks.length,
      ...hooks.map(
        (hook) =>
          (...args: unknown[]) =>
            inTime(() => hook(...args)),
      ),
    );
  }
  for (const task of suite.tasks) if (task.type === 'suite') letHooksTakeTime(task);
}

async function inTime<T>(work: () => T): Promise<Awaited<T>> {
  const flow = simulated()?.time.flow();
  try {
    return await work();
  } finally {
    await flow?.stop();
  }
}
