import { syncBuiltinESMExports } from 'node:module';
import { takeChance } from './chance.ts';
import { takeFiles } from './files.ts';
import { type MemoryNetwork, takeNetwork } from './network.ts';
import { takeTime, type VirtualTime } from './time.ts';

/** What stands in for the machine in a process that simulates. */
export interface Machine {
  readonly time: VirtualTime;
  readonly network: MemoryNetwork;
  /** The process has its own again. */
  giveBack(): void;
}

/** A Monday morning, when no window is closed. */
const start = Date.UTC(2026, 10, 23, 9);

/** Takes network, thread pool, chance and time of this process; before anything of Sluice or the sandbox is imported. */
export function takeMachine(): Machine {
  const network = takeNetwork();
  const given = [network.giveBack, takeFiles(), takeChance()];
  const time = takeTime(start);
  given.push(time.giveBack);
  // Named imports of these modules get the new ones, too.
  syncBuiltinESMExports();
  return {
    network,
    time,
    giveBack() {
      for (const giveBack of given) giveBack();
      syncBuiltinESMExports();
    },
  };
}
