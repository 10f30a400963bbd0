// First: Vitest takes the machine's clock for itself.
import 'vitest';
import type { Environment } from 'vitest/runtime';
import { layerBinary } from '../../../sandbox/kubernetes/layer-binaries.ts';
import type { Machine } from '../../../sim/machine/machine.ts';
import type { VirtualTime } from '../../../sim/machine/time.ts';
import type { SandboxProcess } from '../sandbox-process.ts';

/** What a test finds in its globals when it runs in the simulation. */
export interface Simulation {
  readonly time: VirtualTime;
  /** Nothing is due any more, nobody listens, and chance starts again: before each test file. */
  begin(): void;
  /** As `startSandboxProcess`, in this process. One at a time. */
  start(...flags: string[]): Promise<SandboxProcess>;
}

/**
 * Where test files run in virtual time: their sandbox is in the same process, requests go through memory, and time jumps whenever nothing is at
 * work (sim/README.md). What a test takes of network, time, chance and files is what the sandbox takes. While no test and no hook runs, time
 * stands still, and each file begins at the same time, with the same chance and an empty network (runner.ts).
 */
export default {
  name: 'simulated',
  viteEnvironment: 'ssr',
  async setup(global) {
    const machine = await take();
    const { seedChance } = await import('../../../sim/machine/chance.ts');
    const { startSimulated } = await import('./sandbox.ts');
    /** Another one for each file: what a file keeps with its simulation ends with it. */
    const begin = (): void => {
      machine.network.reset();
      machine.time.reset();
      seedChance(1);
      const simulation: Simulation = { time: machine.time, begin, start: (...flags) => startSimulated(machine, flags) };
      Object.assign(global, { simulation });
    };
    begin();
    return { teardown: () => machine.giveBack() };
  },
} satisfies Environment;

async function take(): Promise<Machine> {
  // What unpacks it needs real files.
  await layerBinary('helm');
  // Sluice's own log would be among what Vitest prints.
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
  const { takeMachine } = await import('../../../sim/machine/machine.ts');
  return takeMachine();
}
