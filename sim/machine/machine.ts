import { takeChance } from './chance.ts';
import { takeFiles } from './files.ts';
import { type MemoryNetwork, takeNetwork } from './network.ts';
import { takeTime, type VirtualTime } from './time.ts';

/** What stands in for the machine in a process that simulates. */
export interface Machine {
  readonly time: VirtualTime;
  readonly network: MemoryNetwork;
}

/** A Monday morning, when no window is closed. */
const start = Date.UTC(2026, 10, 23, 9);

/** Takes network, thread pool, chance and time of this process for good; before anything of Sluice or the sandbox is imported. */
export function takeMachine(): Machine {
  const network = takeNetwork();
  takeFiles();
  takeChance();
  return { network, time: takeTime(start) };
}
