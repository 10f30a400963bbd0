import { openTable } from './dynamo-table.ts';
import { type Store, storeOn } from './store-on.ts';
import type { TableOptions } from './table.ts';

export type { Store } from './store-on.ts';

/** Opens the store on its table. */
export const openStore = (options: TableOptions): Store => storeOn(openTable(options));
