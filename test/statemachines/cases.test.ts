import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { runAslCases } from '../../sandbox/stepfunctions/asl-cases.ts';
import type { AslCase } from '../../sandbox/stepfunctions/cases/asl-case.ts';
import { isObject } from '../../sandbox/stepfunctions/interpreter/json.ts';
import { machineFile, machines, resultsSchemaOf } from './support/machines.ts';

const folders = [
  ['what no recording covers', join(import.meta.dirname, 'cases')],
  ['what an independent engine did', join(import.meta.dirname, 'localstack')],
  ...[...machines.keys()].map((name) => [`the ${name} machine`, join(dirname(machineFile(name)), 'cases')]),
].filter(([, folder = '']) => existsSync(folder));

it.each(folders)('%s runs as its cases say', async (_, folder = '') => {
  const report = await runAslCases(folder);

  expect(report.failures).toEqual([]);
  expect(report.cases).toBeGreaterThan(0);
  expect(report.history).toBe(report.cases);
});

it.each([...machines])('the cases of the %s machine let its tasks answer only what they can', (name, { States }) => {
  const folder = join(dirname(machineFile(name)), 'cases');
  const wrong = readdirSync(folder).flatMap((file) => {
    const { tasks = {} } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as AslCase; // by its place
    return Object.entries(tasks).flatMap(([state, attempts]) => {
      const schema = resultsSchemaOf(States[state] ?? { Type: 'missing' });
      return attempts
        .flatMap(({ result }) => (isObject(result) && 'Payload' in result ? [result.Payload] : []))
        .map((payload) => schema?.safeParse(payload).error)
        .filter((error) => error !== undefined)
        .map((error) => `${file}: ${state}: ${error.message}`);
    });
  });

  expect(wrong).toEqual([]);
});
