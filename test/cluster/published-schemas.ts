import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../sandbox/kubernetes/kube-object.ts';
import { resourceOfDefinition } from '../../sandbox/kubernetes/resource-registry.ts';
import { resourceKey, resourceTable } from '../../sandbox/kubernetes/resource-table.ts';
import { prepareDefinitions } from './programs.ts';

/** The sandbox has no use for it, and it is longer than everything else together. */
const leftOut = new Set(['applicationsets.argoproj.io']);

/** What the stand-in does not look at: words for people, and rules in a language of their own. */
const unused = new Set(['description', 'title', 'example', 'x-kubernetes-validations']);

/** The schemas of the stored versions of the kinds that the stand-in serves, out of the files that their projects publish. */
export async function schemasIn(files: readonly string[]): Promise<Record<string, unknown>> {
  const served = new Set(resourceTable.filter(({ custom }) => custom).map(resourceKey));
  const found: [string, unknown][] = [];
  for (const file of files) {
    for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
      // What the modules publish as CustomResourceDefinitions.
      const definition = document.toJS() as KubeObject & { spec: { versions: Version[] } };
      const key = resourceKey(resourceOfDefinition(definition));
      const stored = definition.spec.versions.find(({ storage }) => storage);
      if (served.has(key) && !leftOut.has(key) && stored) found.push([key, lean(stored.schema.openAPIV3Schema)]);
    }
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Version {
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: object };
}

/** A schema without what is unused. `properties` are names that the kind chose, `description` among them. */
function lean(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => lean(item));
  if (typeof value !== 'object' || value === null) return value;
  const isUsed = ([name, inner]: [string, unknown]) => (name === 'format' ? inner === 'date-time' : !unused.has(name));
  const kept = Object.entries(value).filter((entry) => isNames || isUsed(entry));
  return Object.fromEntries(kept.map(([name, inner]) => [name, lean(inner, name === 'properties' && !isNames)]));
}

/** The text of `sandbox/kubernetes/published-schemas.json`: a kind a line, so that a change shows where it is. */
export function schemasText(schemas: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(schemas).map(([key, schema]) => `${JSON.stringify(key)}: ${JSON.stringify(schema)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** Where that file is. */
export const schemasFile = join(import.meta.dirname, '..', '..', 'sandbox', 'kubernetes', 'published-schemas.json');

if (import.meta.main) {
  const { definitions } = await prepareDefinitions((line) => console.log(line));
  await writeFile(schemasFile, schemasText(await schemasIn(definitions)));
}
