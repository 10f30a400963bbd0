import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { configurationSchemaText } from '../../../cli/build/configuration-schema.ts';
import { configurationSchemaFile, jsonSchemaFiles, schemaFolder } from '../../../cli/build/write-json-schemas.ts';
import { jsonDocuments } from '../../../cli/json-documents.ts';
import { createProgram } from '../../../cli/program.ts';
import { silentWorld } from '../../support/commands.ts';
import { runSluice } from './support.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The words of each command that takes `--output`. */
const printing = (command: Command, path: readonly string[] = []): string[] =>
  command.commands.flatMap((one) => {
    const words = [...path, one.name()];
    const own = one.options.some(({ long }) => long === '--output') ? [words.join(' ')] : [];
    return [...own, ...printing(one, words)];
  });

it('every command that prints JSON has a published schema, and no other', () => {
  expect(Object.keys(jsonDocuments).sort()).toEqual(printing(createProgram(silentWorld)).sort());
});

it('the published schemas are those of the sources (npm run schemas writes them)', async () => {
  const files = await readdir(schemaFolder);
  const published = await Promise.all(
    files.map(async (file) => [file, await readFile(join(schemaFolder, file), 'utf8')] as const),
  );

  expect(new Map(published.sort())).toEqual(new Map([...jsonSchemaFiles()].sort()));
});

it('the published schema of sluice.yaml is that of the sources, and takes the examples', async () => {
  const published = await readFile(configurationSchemaFile, 'utf8');

  expect(published).toBe(configurationSchemaText());
  const schema = z.fromJSONSchema(JSON.parse(published));
  for (const example of [
    'cdk/example/sluice.yaml',
    'sandbox/sluice.yaml',
    'test/fixtures/configuration/chest-xray.yaml',
  ])
    expect([example, schema.safeParse(parseYaml(await readFile(join(root, example), 'utf8'))).error]).toEqual([
      example,
      undefined,
    ]);
});

it('the published schema of sluice.yaml says what keys mean, each in its own place, without numbers of the design', async () => {
  const published = await readFile(configurationSchemaFile, 'utf8');

  const { properties } = JSON.parse(published).properties.services.items;
  expect(properties.bake.description).toBe('How long all the traffic is judged before the deployment counts as done.');
  expect(properties.traffic.properties.interval.description).toBe('How long each step is judged.');
  // Keys that mean something else elsewhere.
  expect(properties.replicas.properties.max.description).toBeUndefined();
  expect(properties.trigger.properties.branch.description).toBeUndefined();
  expect(published).not.toMatch(/\((?:I\d|rule \d|DESIGN|adr)/);
});

it('`sluice json-schema` prints the schema of a command, and names those that there are', async () => {
  const { out, exitCode } = await runSluice(['json-schema', 'audit', 'verify']);
  const unknown = await runSluice(['json-schema', 'audit']);

  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'sluice audit verify --output json',
    required: expect.arrayContaining(['chain', 'head', 'broken']),
  });
  expect([unknown.exitCode, unknown.err]).toEqual([2, expect.stringContaining('audit verify')]);
});

it.each([
  ['stauts', 'status'],
  ['audit verfy', 'audit verify'],
])('`sluice json-schema %s` names %s', async (typed, meant) => {
  const { err, exitCode } = await runSluice(['json-schema', ...typed.split(' ')]);

  expect([exitCode, err]).toEqual([2, expect.stringContaining(`Did you mean ${meant}? `)]);
});
