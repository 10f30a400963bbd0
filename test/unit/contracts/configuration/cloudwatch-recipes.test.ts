import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { configurationSchema } from '../../../../contracts/configuration/configuration.ts';
import { configurationWarnings } from '../../../../contracts/configuration/configuration-warnings.ts';
import { exampleText } from './example.ts';

const guide = readFileSync(new URL('../../../../docs/cloudwatch.md', import.meta.url), 'utf8');
const recipes = [...guide.matchAll(/## ([^\n]+)\n(?:(?!\n## )[\s\S])*?```yaml\n([\s\S]*?)```/g)].map(
  ([, title = '', text = '']) => [title, text] as const,
);

it('there are two recipes', () => {
  expect(recipes.map(([title]) => title)).toEqual(['An Application Load Balancer', 'Application Signals']);
});

it.each(recipes)('the recipe of %s is taken as it is, without a warning', (_title, text) => {
  const document = parse(exampleText);
  Object.assign(document.services[0], parse(text));

  const parsed = configurationSchema.safeParse(document);

  expect(parsed.error?.issues ?? []).toEqual([]);
  const warnings = parsed.data === undefined ? [] : configurationWarnings(parsed.data);
  expect(warnings.filter((warning) => /objectives|traffic/.test(warning))).toEqual([]);
});
