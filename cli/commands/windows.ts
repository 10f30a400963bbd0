import type { Command } from 'commander';
import { operationSchema } from '../../contracts/api/operation.ts';
import { serviceListSchema, serviceSchema } from '../../contracts/api/service.ts';
import { findUnfinished } from '../find.ts';
import { addServiceCommand } from '../options.ts';
import { operationLines } from '../output/operation-lines.ts';
import { windowLines } from '../output/window-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface OverrideFlags extends SharedFlags {
  readonly reason: string;
}

/** `sluice windows` and `sluice override-window` */
export function addWindows(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'windows',
    summary:
      'Show whether deployments may begin now, which window decides, when that changes, and which deployments wait.',
    examples: ['windows', 'windows --service chest-xray-mlops --output json'],
  }).action(async (flags: SharedFlags) => {
    const session = await openSession(world, flags);
    const named = flags.service ?? world.env.SLUICE_SERVICE;
    const services = named
      ? [await session.api.get(`/api/services/${encodeURIComponent(named)}`, serviceSchema)]
      : (await session.api.get('/api/services', serviceListSchema)).services;
    const windows = services.map(({ name, windows: own, inProgress }) => ({
      name,
      windows: own,
      waiting: inProgress.filter(({ waiting }) => waiting?.kind === 'window'),
    }));
    print(session, { services: windows }, ({ services: each }) => each.flatMap((one) => windowLines(one, world.now())));
  });

  addServiceCommand(program, {
    name: 'override-window [operation]',
    summary:
      'Let one deployment begin outside its windows (admin). Its approvals stay. Without an id: the only deployment that waits for a window.',
    examples: ['override-window --reason "the fix cannot wait for Monday, agreed with the on-call"'],
  })
    .requiredOption('--reason <text>', 'why it cannot wait; it goes into the audit')
    .action(async (given: string | undefined, flags: OverrideFlags) => {
      const session = await openSession(world, flags);
      const fits = ({ state }: { state: string }) => state === 'awaiting-window';
      const id = given ?? (await findUnfinished(session, { what: 'deployment that waits for its window', fits })).id;
      const path = `/api/operations/${encodeURIComponent(id)}/override-window`;
      const overridden = await session.api.post(path, { reason: flags.reason }, operationSchema);
      print(session, overridden, (one) => operationLines(one, world.now()));
    });
}
