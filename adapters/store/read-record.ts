import type * as z from 'zod';
import { UnreadableRecord } from '../../contracts/errors.ts';
import type { Item } from './table.ts';

/**
 * Reads an item of the table by its record's schema: what is missing gets its default, what this version does not know is left aside.
 *
 * @throws {UnreadableRecord} naming every problem with its path.
 */
export function readRecord<Schema extends z.ZodType>(schema: Schema, item: Item): z.output<Schema> {
  const read = schema.safeParse(item);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => ({ path: path.join('.') || '(the item)', message }));
  throw new UnreadableRecord(nameOf(item), problems, formatOf(item));
}

/** As above of an item that may not be there. */
export const readIfThere = <Schema extends z.ZodType>(schema: Schema, item: Item | null): z.output<Schema> | null =>
  item === null ? null : readRecord(schema, item);

/** Told of each record that a list goes without. */
export type OnUnreadable = (error: UnreadableRecord) => void;

/** Those of a list that can be read. The others are reported, so that one bad record hides none of the others. */
export function readList<Record>(
  items: readonly Item[],
  read: (item: Item) => Record,
  onUnreadable: (error: UnreadableRecord, item: Item) => void,
): Record[] {
  return items.flatMap((item) => {
    try {
      return [read(item)];
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      onUnreadable(error, item);
      return [];
    }
  });
}

/** Its key for people; the hash of an approval link is half a secret. */
const nameOf = ({ pk, sk }: Item): string => (pk.startsWith('LINK#') ? `LINK#…/${sk}` : `${pk}/${sk}`);

const formatOf = ({ format }: Item): string =>
  typeof format === 'number' ? `written as format ${format}` : 'written before formats had numbers';
