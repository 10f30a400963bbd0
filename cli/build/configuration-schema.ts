import * as z from 'zod';
import { configurationSchema } from '../../contracts/configuration/configuration.ts';
import { describeKeys } from './key-descriptions.ts';

/** The JSON Schema of sluice.yaml for editors: names, kinds and choices, and what each key means. What keys demand of each other only `sluice validate` knows. */
export const configurationSchemaText = (): string => {
  const schema = z.toJSONSchema(configurationSchema, {
    io: 'input',
    unrepresentable: 'any',
    // What is preprocessed may be written as a single text as well: one name for a list, a check by its name.
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      if (def.type !== 'pipe' || def.in._zod.def.type !== 'transform') return;
      const { default: usual, ...written } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      Object.assign(
        jsonSchema,
        { anyOf: [{ type: 'string' }, written] },
        usual === undefined ? {} : { default: usual },
      );
    },
  });
  describeKeys(schema);
  return `${JSON.stringify({ $id: 'sluice.schema.json', title: 'sluice.yaml', ...schema }, null, 2)}\n`;
};
