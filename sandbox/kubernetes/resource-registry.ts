import { fieldAt, isJsonObject, type KubeObject, listAt, textAt } from './kube-object.ts';
import type { PrinterColumn, Resource, Subresource } from './resource-table.ts';
import type { Schema } from './schema.ts';

/** The kinds that are served now: the table's, and those that CustomResourceDefinitions have added. */
export class ResourceRegistry {
  readonly #resources = new Map<string, Resource>();

  constructor(table: readonly Resource[]) {
    for (const resource of table) this.#resources.set(`${resource.group}/${resource.plural}`, resource);
  }

  all(): Resource[] {
    return [...this.#resources.values()];
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    const resource = this.#resources.get(`${group}/${plural}`);
    return resource?.versions.includes(version) ? resource : undefined;
  }

  /** The kind with this `resourceKey`. */
  byKey(key: string): Resource | undefined {
    const [plural = '', ...group] = key.split('.');
    return this.#resources.get(`${group.join('.')}/${plural}`);
  }

  /** Serves the kind that a CustomResourceDefinition describes, in place of an earlier one of that name. */
  define(definition: KubeObject): Resource {
    const resource = resourceOfDefinition(definition);
    this.#resources.set(`${resource.group}/${resource.plural}`, resource);
    return resource;
  }

  undefine(resource: Resource): void {
    this.#resources.delete(`${resource.group}/${resource.plural}`);
  }
}

/** Reads `spec` of a CustomResourceDefinition; what is not there is empty. */
export function resourceOfDefinition(definition: KubeObject): Resource {
  const names = fieldAt(definition, 'spec', 'names');
  const versions = listAt(definition, 'spec', 'versions').filter((version) => fieldAt(version, 'served') !== false);
  versions.sort((a, b) => Number(fieldAt(b, 'storage') === true) - Number(fieldAt(a, 'storage') === true));
  const stored = versions[0];
  const subresources = (['status', 'scale'] satisfies Subresource[]).filter((name) =>
    isJsonObject(fieldAt(stored, 'subresources', name)),
  );
  const printerColumns = listAt(stored, 'additionalPrinterColumns').map(
    (column): PrinterColumn => ({
      name: textAt(column, 'name'),
      type: textAt(column, 'type') || 'string',
      jsonPath: textAt(column, 'jsonPath'),
      priority: Number(textAt(column, 'priority')) || 0,
    }),
  );
  const schema = fieldAt(stored, 'schema', 'openAPIV3Schema');
  return {
    group: textAt(definition, 'spec', 'group'),
    versions: versions.map((version) => textAt(version, 'name')),
    plural: textAt(names, 'plural'),
    singular: textAt(names, 'singular') || textAt(names, 'kind').toLowerCase(),
    kind: textAt(names, 'kind'),
    namespaced: textAt(definition, 'spec', 'scope') === 'Namespaced',
    shortNames: listAt(names, 'shortNames').map(String),
    categories: listAt(names, 'categories').map(String),
    subresources,
    generation: subresources.includes('status') ? 'spec' : 'any',
    custom: true,
    ...(printerColumns.length > 0 ? { printerColumns } : {}),
    // What kubectl sends as a schema is one; this server looks at less of it than the real one.
    ...(isJsonObject(schema) ? { schema: schema as Schema } : {}),
  };
}
