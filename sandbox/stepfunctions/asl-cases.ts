import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AslCase, type CaseTools, runCase } from './run-asl-case.ts';

/** How the cases of a folder fared. */
export interface AslReport {
  cases: number;
  /** Status, and output or error name. */
  outcome: number;
  /** The cause's text too. */
  strict: number;
  /** The whole history, event by event; cases recorded without one count when they are strict. */
  history: number;
  failures: { name: string; why: string }[];
}

/** Runs every case of `folder` (see its README) through the engine, in virtual time. */
export async function runAslCases(folder: string): Promise<AslReport> {
  const tools: CaseTools = await import(pathToFileURL(resolve(folder, '../compare.mjs')).href);
  const report: AslReport = { cases: 0, outcome: 0, strict: 0, history: 0, failures: [] };
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()) {
    // the folder's README says what a case looks like
    const recorded = JSON.parse(readFileSync(resolve(folder, file), 'utf8')) as AslCase;
    const result = await runCase(recorded, tools);
    report.cases++;
    if (result.outcome) report.outcome++;
    if (result.strict) report.strict++;
    if (result.strict && result.history === undefined) report.history++;
    const why = result.strict ? result.history : result.why;
    if (why !== undefined) report.failures.push({ name: recorded.name, why });
  }
  return report;
}

async function main(): Promise<void> {
  const [folder, flag] = process.argv.slice(2);
  if (!folder || (flag !== undefined && flag !== '--json')) {
    process.stderr.write('usage: node sandbox/stepfunctions/asl-cases.ts FOLDER [--json]\n');
    process.exit(2);
  }
  const report = await runAslCases(folder);
  if (flag === '--json') process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else {
    for (const { name, why } of report.failures) process.stdout.write(`${name}\n    ${why.slice(0, 400)}\n`);
    const of = (passed: number) => `${passed}/${report.cases}`;
    process.stdout.write(
      `outcome ${of(report.outcome)}, strict ${of(report.strict)}, whole history ${of(report.history)}\n`,
    );
  }
  if (report.cases === 0 || report.strict < report.cases) process.exitCode = 1;
}

if (import.meta.main) await main();
