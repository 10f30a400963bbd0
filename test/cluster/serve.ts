import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startArgoCd } from './argo-cd.ts';
import { startControlPlane } from './control-plane.ts';
import { prepareArgoCd, preparePrograms } from './programs.ts';

/**
 * `npm run control-plane`: one for the sandbox to run on, until Ctrl-C, which ends it with everything in it. With `-- --argo-cd` the real Argo CD
 * is in it.
 */
const { values } = parseArgs({ options: { 'argo-cd': { type: 'boolean', default: false } } });
const tell = (line: string) => console.log(line);
const programs = await preparePrograms(tell);
const folder = await mkdtemp(join(tmpdir(), 'sluice-control-plane-'));
const argoCdPrograms = values['argo-cd'] ? await prepareArgoCd(tell) : null;
const plane = await startControlPlane(programs, folder);
const argoCd =
  argoCdPrograms === null
    ? null
    : await startArgoCd(argoCdPrograms, join(folder, 'argo-cd'), await readFile(plane.kubeconfig, 'utf8'));
console.log(
  `A control plane is running${argoCd === null ? '' : ', and Argo CD'}. In another terminal:\n\n  npm start -- --kubeconfig ${plane.kubeconfig} --data-dir .sluice-real\n`,
);
console.log('End it with Ctrl-C: everything in it goes with it.');
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await argoCd?.close();
await plane.close();
await rm(folder, { recursive: true, force: true });
