import { dirname, resolve } from 'node:path';
import { chartFolder, readTemplate } from '../../../sandbox/configuration.ts';
import { parseFlags } from '../../../sandbox/flags.ts';
import type { Machine } from '../../../sim/machine/machine.ts';
import { openWorld } from '../../../sim/world.ts';
import type { SandboxProcess } from '../sandbox-process.ts';

/** The same each time, so that a test fails each time or never. */
const seed = 1;

/** A sandbox with the flags of `npm start`, in this process and in virtual time. */
export async function startSimulated(machine: Machine, flags: readonly string[]): Promise<SandboxProcess> {
  const parsed = parseFlags(flags, {});
  let printed = '';
  const log = (line: string) => {
    printed += `${line}\n`;
  };
  const world = await openWorld(machine, {
    seed,
    configuration: await readTemplate(parsed.configuration, { ...parsed, onNote: log }),
    folder: parsed.configuration === null ? null : dirname(resolve(parsed.configuration)),
    chart: await chartFolder(parsed),
    load: parsed.load,
    log,
  });
  return {
    ready: world.sandbox.ready,
    dataDir: world.dataDir,
    output: () => printed,
    kill: noProcess,
    killAndRestart: noProcess,
    stop: noProcess,
    dispose: world.close,
  };
}

async function noProcess(): Promise<never> {
  throw new Error('A simulated sandbox is no process that could be ended: this test needs a real one.');
}
