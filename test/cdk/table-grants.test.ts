import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { functionNames } from '../../cdk/function-names.ts';
import type { TableGrants } from '../../sandbox/aws/table-grants.ts';
import { synthesize } from './support/synthesize.ts';

/** Several statements may grant one action. */
function add(actions: Record<string, string[]>, action: string, keys: readonly string[]): void {
  actions[action] = [...new Set([...(actions[action] ?? []), ...keys])].sort();
}

/** What the role of each function may do with the table, by the policies that are installed. */
function printed(): TableGrants {
  const template = synthesize();
  return Object.fromEntries(
    functionNames.map((name) => {
      const statements = template.statementsOf(template.lambda(name));
      const actions: Record<string, string[]> = {};
      const indexes: string[] = [];
      for (const { actions: granted, resources, condition } of statements) {
        const keys: string[] = [
          Object(Object(condition)['ForAllValues:StringLike'])['dynamodb:LeadingKeys'] ?? [],
        ].flat();
        for (const action of granted.filter((one) => one.startsWith('dynamodb:'))) {
          const index = resources.flatMap((resource) => /\/index\/(.+)$/.exec(resource)?.[1] ?? []);
          if (index.length > 0) indexes.push(...index);
          else add(actions, action.slice('dynamodb:'.length), keys);
        }
      }
      return [name, { actions, indexes }];
    }),
  );
}

it('the sandbox\u2019s table holds each function to exactly what is printed: copy what differs into sandbox/aws/table-grants.json', () => {
  const file = readFileSync(join(import.meta.dirname, '..', '..', 'sandbox', 'aws', 'table-grants.json'), 'utf8');

  expect(JSON.parse(file)).toEqual(printed());
});
