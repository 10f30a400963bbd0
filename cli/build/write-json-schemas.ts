import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonDocuments, jsonSchemaOf } from '../json-documents.ts';
import { configurationSchemaText } from './configuration-schema.ts';
import { openApiFile, openApiText } from './openapi.ts';

/** Where the schemas of what the command line prints are published. */
export const schemaFolder = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'cli-json');
/** Where that of sluice.yaml is. */
export const configurationSchemaFile = join(schemaFolder, '..', 'sluice.schema.json');

/** File names and texts, one for each command that takes `--output json`. */
export const jsonSchemaFiles = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(jsonDocuments).map(([command, schema]) => [
      `${command.replaceAll(' ', '-')}.schema.json`,
      `${JSON.stringify(jsonSchemaOf(command, schema), null, 2)}\n`,
    ]),
  );

if (import.meta.main) {
  rmSync(schemaFolder, { recursive: true, force: true });
  mkdirSync(schemaFolder, { recursive: true });
  writeFileSync(configurationSchemaFile, configurationSchemaText());
  writeFileSync(openApiFile, openApiText());
  for (const [file, text] of jsonSchemaFiles()) writeFileSync(join(schemaFolder, file), text);
}
