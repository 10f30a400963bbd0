import type { Command } from 'commander';
import { serviceListSchema, serviceSchema } from '../../contracts/api/service.ts';
import { addServiceCommand } from '../options.ts';
import { helpLines, needsHelp, serviceLines } from '../output/service-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

/** `sluice status` */
export function addStatus(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'status',
    summary:
      'Show both environments with version, health and traffic, and everything that blocks changes: freezes, holds, the lock, waits.',
    examples: ['status', 'status --service chest-xray-mlops --output json'],
  }).action(async (flags: SharedFlags) => {
    const session = await openSession(world, flags);
    const named = flags.service ?? world.env.SLUICE_SERVICE;
    if (named) {
      const service = await session.api.get(`/api/services/${encodeURIComponent(named)}`, serviceSchema);
      return print(session, service, (one) => [...serviceLines(one, world.now()), ...helpLines(one)]);
    }
    const list = await session.api.get('/api/services', serviceListSchema);
    print(session, list, ({ services }) =>
      services.flatMap((one) => [
        ...serviceLines(one, world.now()),
        // Of many services only those in trouble say whom to call.
        ...(services.length === 1 || needsHelp(one) ? helpLines(one) : []),
      ]),
    );
  });
}
