import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionName, functionNames } from '../../cdk/function-names.ts';
import { readExample } from '../../cdk/installation.ts';
import type { Environment } from '../../functions/runtime/environment.ts';
import { packConfiguration } from '../../functions/runtime/read-configuration.ts';
import { synthesize, type Template } from './support/synthesize.ts';

const root = join(import.meta.dirname, '..', '..');
describe('the variables of', () => {
  let template: Template;
  let folder: string;
  beforeAll(() => {
    template = synthesize();
    folder = mkdtempSync(join(tmpdir(), 'sluice-environments-'));
    writeFileSync(join(folder, 'sluice.json'), packConfiguration(readExample().configuration));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  /** What lies in the package, where it lies here. */
  const hereToo = (variables: Environment): Environment => ({
    SLUICE_CONFIGURATION: join(folder, 'sluice.json'),
    ...(variables.SLUICE_CONSOLE === undefined ? {} : { SLUICE_CONSOLE: join(root, 'console') }),
  });
  const variablesOf = (name: FunctionName): Record<string, string> =>
    template.lambda(name).properties.Environment.Variables;

  it.each(functionNames)('%s are those that its deps.ts reads, no fewer and no more', async (name) => {
    const { createDeps } = await import(`../../functions/${name}/deps.ts`);
    const variables = variablesOf(name);
    const asked = new Set<string>();
    const environment: Environment = new Proxy(
      { AWS_REGION: 'us-east-1', ...variables, ...hereToo(variables) },
      {
        get(target, key) {
          asked.add(String(key));
          return Reflect.get(target, key);
        },
      },
    );

    createDeps(environment);

    const given = Object.keys(variables).filter((key) => key.startsWith('SLUICE_'));
    expect(given.filter((key) => !asked.has(key))).toEqual([]);
  });

  it('every function lead to the configuration in its package', () => {
    for (const name of functionNames) expect(variablesOf(name).SLUICE_CONFIGURATION).toBe('/var/task/sluice.json');
  });

  it('no function hold a secret: names of secrets only', () => {
    for (const name of functionNames) {
      for (const [key, value] of Object.entries(variablesOf(name))) {
        expect([key, /resolve:secretsmanager|SecretString/.test(value)]).toEqual([key, false]);
      }
    }
  });
});
