import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { runAslCases } from '../../sandbox/stepfunctions/asl-cases.ts';

const machines = join(import.meta.dirname, '../../statemachines');
const folders = [
  ['what no recording covers', join(import.meta.dirname, 'cases')],
  ...readdirSync(machines).map((name) => [`the ${name} machine`, join(machines, name, 'cases')]),
].filter(([, folder = '']) => existsSync(folder));

it.each(folders)('%s runs as its cases say', async (_, folder = '') => {
  const report = await runAslCases(folder);

  expect(report.failures).toEqual([]);
  expect(report.cases).toBeGreaterThan(0);
  expect(report.history).toBe(report.cases);
});
