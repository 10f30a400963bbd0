import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import { layerBinary } from '../../../sandbox/kubernetes/layer-binaries.ts';
import type { Machine } from '../../../sim/machine/machine.ts';
import type { Flow } from '../../../sim/machine/time.ts';
import type { SandboxProcess } from '../sandbox-process.ts';

/** What a test finds in its globals when it runs in the simulation. */
export interface Simulation {
  /** As `startSandboxProcess`, in this process. One at a time. */
  start(...flags: string[]): Promise<SandboxProcess>;
}

const taken = ['Date', 'performance', 'fetch', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const;

/**
 * Where a test file runs in virtual time: its sandbox is in the same process, requests go through memory, and time jumps whenever nothing
 * is at work (sim/README.md). What the test takes of network, time, chance and files is what the sandbox takes. While no test and no hook runs,
 * time stands still. Everything is given back at the end, since the process goes on with other files.
 */
export default class SimulatedEnvironment extends TestEnvironment {
  private machine: Machine | null = null;
  private flowing: Flow | null = null;
  private readonly logLevel = process.env.POWERTOOLS_LOG_LEVEL;

  override async setup(): Promise<void> {
    await super.setup();
    // What unpacks it needs real files.
    await layerBinary('helm');
    // Sluice's own log would be among what jest prints.
    process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
  }

  async handleTestEvent({ name }: Circus.AsyncEvent | Circus.SyncEvent): Promise<void> {
    if (name === 'setup') await this.take();
    if (name === 'hook_start' || name === 'test_fn_start') this.flowing ??= this.machine?.time.flow() ?? null;
    if (/^(?:hook|test_fn)_(?:success|failure)$/.test(name)) {
      await this.stop();
    }
  }

  override async teardown(): Promise<void> {
    await this.stop();
    this.machine?.giveBack();
    if (this.logLevel === undefined) delete process.env.POWERTOOLS_LOG_LEVEL;
    else process.env.POWERTOOLS_LOG_LEVEL = this.logLevel;
    await super.teardown();
  }

  private async stop(): Promise<void> {
    await this.flowing?.stop();
    this.flowing = null;
  }

  /** Only now: jest has taken its own timers, and no test has taken any. */
  private async take(): Promise<void> {
    const { takeMachine } = await import('../../../sim/machine/machine.ts');
    const machine = takeMachine();
    this.machine = machine;
    const { startSimulated } = await import('./sandbox.ts');
    const simulation: Simulation = { start: (...flags) => startSimulated(machine, flags) };
    for (const name of taken) Object.assign(this.global, { [name]: globalThis[name] });
    Object.assign(this.global, { simulation });
  }
}
