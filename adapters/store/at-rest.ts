import { type AtRestRecord, atRestRecordSchema } from '../../contracts/records/at-rest.ts';
import { readIfThere } from './read-record.ts';
import type { Table } from './table.ts';

/** What the watch remembers. Its items have a partition of their own, since the watch may write nothing else. */
export interface AtRest {
  read(service: string): Promise<AtRestRecord>;
  /** Writes what is open on top of exactly what was read; a lost race answers `changed`. */
  replace(service: string, seen: AtRestRecord, open: AtRestRecord['open']): Promise<AtRestRecord | 'changed'>;
}

const key = (service: string) => ({ pk: `WATCH#${service}`, sk: 'AT-REST' });

export function createAtRest(table: Table): AtRest {
  return {
    read: async (service) =>
      readIfThere(atRestRecordSchema, await table.get(key(service))) ?? { open: {}, revision: 0 },
    async replace(service, { revision }, open) {
      const next = { open, revision: revision + 1 };
      const written = await table.put(key(service), next, {
        expression: 'attribute_not_exists(pk) OR revision = :seen',
        values: { ':seen': revision },
      });
      return written === 'written' ? next : 'changed';
    },
  };
}
