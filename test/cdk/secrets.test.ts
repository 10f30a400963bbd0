import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { secrets as declared } from '../../cdk/constructs/sluice-secrets.ts';
import { functionNames } from '../../cdk/function-names.ts';
import { type Resource, synthesize, type Template } from './support/synthesize.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');
const read = (...path: string[]) => readFileSync(join(docs, ...path), 'utf8');
const runbook = 'runbooks/rotate-a-secret.md';

describe('the secrets of the installation', () => {
  let template: Template;
  let secrets: readonly Resource[];
  beforeAll(() => {
    template = synthesize();
    secrets = template.ofType('AWS::SecretsManager::Secret');
  });
  const names = (): string[] => secrets.map(({ properties }) => properties.Name);
  /** The variables by which functions know the names of secrets, with what the template gives them. */
  const expected = () =>
    functionNames.flatMap((name) =>
      Object.entries<unknown>(template.lambda(name).properties.Environment.Variables).flatMap(([variable, value]) =>
        variable.endsWith('_SECRET') ? [{ name, variable, value }] : [],
      ),
    );

  it('are those that functions expect, each of which may read exactly its own', () => {
    const used = expected().map(({ name, variable, value }) => {
      const meant = secrets.filter(({ properties }) => properties.Name === value);
      expect([variable, meant.length]).toEqual([variable, 1]);
      const readable = template
        .statementsOf(template.lambda(name))
        .filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))
        .flatMap(({ resources }) => resources);
      expect([name, readable]).toEqual([
        name,
        [`arn:<AWS::Partition>:secretsmanager:us-east-1:<AWS::AccountId>:secret:${value}-??????`],
      ]);
      return meant[0]?.properties.Name;
    });

    expect(new Set(used)).toEqual(new Set(names()));
  });

  it('are random from the start, and long', () => {
    for (const { properties } of secrets) {
      expect(properties.SecretString).toBeUndefined();
      expect(properties.GenerateSecretString.PasswordLength).toBeGreaterThanOrEqual(32);
    }
  });

  it('have each its rotation described, step by step', () => {
    const text = read(runbook);

    for (const name of names()) expect(text).toContain(`\`${name}\``);
    const [, listed = ''] = /Which: (.*?)\.\n/s.exec(text) ?? [];
    expect(listed.match(/[\w-]+\/[\w-]+/g)?.sort()).toEqual(names().sort());
  });

  it('have each a line in the operations’ guide: who has it, how it changes, and what is valid meanwhile', () => {
    const [, section = ''] = /^## Secrets\n(.*?)^## /ms.exec(read('operations.md')) ?? [];
    const rows = [...section.matchAll(/^\| `([^`]+)`[^|]*\|(.+)\|$/gm)].map(([, name, cells = '']) => ({
      name,
      cells: cells.split('|').map((cell) => cell.trim()),
    }));

    expect(section).toContain(`\`${runbook}\``);
    // Also of those that only some installations have.
    const every = Object.values(declared).map(({ name }) => `sluice/${name}`);
    expect(every).toEqual(expect.arrayContaining(names()));
    expect(rows.map(({ name }) => name).sort()).toEqual(every.sort());
    for (const { name, cells } of rows) {
      expect([name, cells.length, cells.every((cell) => cell !== '')]).toEqual([name, 3, true]);
    }
  });

  it('have each a line in the threat model: what a thief can do with it, and that it is rotated', () => {
    const lines = read('security.md').split('\n');

    for (const name of names()) {
      const [line = '', ...more] = lines.filter((one) => one.includes(`(\`${name}\`)`));
      expect([name, line.split('|').length - 2, more]).toEqual([name, 4, []]);
      expect([name, line.split('|').at(-2)]).toEqual([name, expect.stringContaining('rotate')]);
    }
  });
});
