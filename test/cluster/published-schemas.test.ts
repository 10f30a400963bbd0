import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { resourceOfDefinition } from '../../sandbox/kubernetes/resource-registry.ts';
import { resourceKey, resourceTable } from '../../sandbox/kubernetes/resource-table.ts';
import { prepareDefinitions } from './programs.ts';
import { definitionsIn, schemasFile, schemasIn, schemasText } from './published-schemas.ts';

let files: readonly string[];
beforeAll(async () => {
  files = (await prepareDefinitions((line) => console.log(line))).definitions;
});

describe('the custom kinds of the stand-in', () => {
  it('have the schemas that their projects publish: else `node test/cluster/published-schemas.ts`', async () => {
    expect(await readFile(schemasFile, 'utf8')).toBe(schemasText(await schemasIn(files)));
  });

  it('are in its table as their definitions say', async () => {
    const published = (await definitionsIn(files)).map(resourceOfDefinition).map(factsOf);

    const table = published.map(({ key }) => resourceTable.find((row) => resourceKey(row) === key)).map(factsOf);

    expect(published.length).toBeGreaterThan(10);
    expect(table).toEqual(published);
  });
});

function factsOf(resource: (typeof resourceTable)[number] | undefined) {
  if (resource === undefined) throw new Error('a kind that is not in the table');
  const { kind, namespaced, versions, shortNames, subresources, generation, singular } = resource;
  const facts = { kind, singular, namespaced, shortNames, subresources, generation };
  return { key: resourceKey(resource), ...facts, versions: versions.toSorted() };
}
