import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Resource, resourceKey } from './resource-table.ts';
import type { Schema } from './schema.ts';

/**
 * The kinds with the schemas that their projects publish: `published-schemas.json`, a kind a line, made by
 * `node test/cluster/published-schemas.ts` from pinned modules and compared with them by `npm run test:cluster`.
 */
export function withPublishedSchemas(table: readonly Resource[]): Resource[] {
  const text = readFileSync(join(import.meta.dirname, 'published-schemas.json'), 'utf8');
  const schemas: Readonly<Record<string, Schema>> = JSON.parse(text);
  return table.map((resource) => {
    const schema = schemas[resourceKey(resource)];
    return schema ? { ...resource, schema } : resource;
  });
}
