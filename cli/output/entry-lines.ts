import type { ListedAuditEntry } from '../../contracts/api/audit-list.ts';
import { instant } from '../../contracts/instant.ts';
import { oneLine } from '../../contracts/one-line.ts';
import { timeWords } from '../../contracts/words.ts';
import { table } from './table.ts';

/** Entries of the audit as a table. */
export function entryLines(entries: readonly ListedAuditEntry[]): string[] {
  if (entries.length === 0) return ['No entries in this time.'];
  return table([
    ['TIME', 'SERVICE', 'CHAIN', 'ACTION', 'PHASE', 'BY', 'REASON'],
    ...entries.map(({ at, service, operation, action, phase, actor, details: { reason } }) => [
      timeWords(instant(at)),
      service,
      operation,
      action,
      phase,
      actor,
      typeof reason === 'string' ? oneLine(reason) : '',
    ]),
  ]);
}
