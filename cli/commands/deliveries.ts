import type { Command } from 'commander';
import { type ApiDeliveryList, deliveryListSchema } from '../../contracts/api/deliveries.ts';
import { timeWords } from '../../contracts/words.ts';
import { addServerCommand, parseWhole } from '../options.ts';
import { table } from '../output/table.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface DeliveriesFlags extends SharedFlags {
  readonly limit: number;
}

/** `sluice deliveries` */
export function addDeliveries(program: Command, world: World): void {
  addServerCommand(program, {
    name: 'deliveries',
    summary:
      'List the latest requests of GitHub, Alertmanager and people, and what each one started or why it started nothing.',
    examples: ['deliveries --limit 5'],
  })
    .option('--limit <count>', 'how many, at most 100', parseWhole(1, 100), 20)
    .action(async (flags: DeliveriesFlags) => {
      const session = await openSession(world, flags);
      print(session, await session.api.get(`/api/deliveries?limit=${flags.limit}`, deliveryListSchema), deliveryTable);
    });
}

function deliveryTable({ deliveries }: ApiDeliveryList): string[] {
  if (deliveries.length === 0) return ['Nothing has come in.'];
  return table([
    ['AT', 'FROM', 'SERVICE', 'RESULT', 'REASON'],
    ...deliveries.map(({ at, source, service, accepted, reason }) => [
      timeWords(at),
      source,
      service ?? '-',
      accepted,
      reason,
    ]),
  ]);
}
