import type { Command } from 'commander';
import { usageError } from '../exit.ts';
import { nearest } from '../nearest.ts';
import type { World } from '../world.ts';

/** `sluice json-schema` */
export function addJsonSchema(program: Command, world: World): void {
  program
    .command('json-schema <command...>')
    .description('Print the JSON Schema of what a command prints with --output json.')
    .addHelpText('after', '\nExamples:\n  $ sluice json-schema status\n  $ sluice json-schema audit verify\n')
    .action(async (words: readonly string[]) => {
      // All schemas at once: only who asks for one has to wait for them.
      const { jsonDocuments, jsonSchemaOf } = await import('../json-documents.ts');
      const command = words.join(' ');
      const schema = jsonDocuments[command];
      if (schema === undefined) {
        const all = Object.keys(jsonDocuments);
        const [near] = nearest(command, all, (one) => one);
        const perhaps = near === undefined ? '' : `Did you mean ${near}? `;
        throw usageError(`No command "${command}" prints JSON.`, `${perhaps}These do: ${all.join(', ')}`);
      }
      world.out(`${JSON.stringify(jsonSchemaOf(command, schema), null, 2)}\n`);
    });
}
