import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from './control-plane.ts';
import { preparePrograms } from './programs.ts';

/** `npm run control-plane`: one for the sandbox to run on, until Ctrl-C, which ends it with everything in it. */
const programs = await preparePrograms((line) => console.log(line));
const folder = await mkdtemp(join(tmpdir(), 'sluice-control-plane-'));
const plane = await startControlPlane(programs, folder);
console.log(
  `A control plane is running. In another terminal:\n\n  npm start -- --kubeconfig ${plane.kubeconfig} --data-dir .sluice-real\n`,
);
console.log('End it with Ctrl-C: everything in it goes with it.');
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await plane.close();
await rm(folder, { recursive: true, force: true });
