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
  const found = (await definitionsIn(files)).flatMap((definition): [string, unknown][] => {
    const key = resourceKey(resourceOfDefinition(definition));
    const stored = definition.spec.versions.find(({ storage }) => storage);
    return leftOut.has(key) || !stored ? [] : [[key, lean(stored.schema.openAPIV3Schema)]];
  });
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The definitions in these files of kinds that the stand-in serves. */
export async function definitionsIn(files: readonly string[]): Promise<Definition[]> {
  const served = new Set(resourceTable.filter(({ custom }) => custom).map(resourceKey));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return (
    texts
      .flatMap((text) => parseAllDocuments(text))
      // What the modules publish there are CustomResourceDefinitions.
      .map((document) => document.toJS() as Definition)
      .filter((definition) => served.has(resourceKey(resourceOfDefinition(definition))))
  );
}

type Definition = KubeObject & { readonly spec: { readonly versions: readonly Version[] } };

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
