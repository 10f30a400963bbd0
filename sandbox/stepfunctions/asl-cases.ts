import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readDefinition } from '../../statemachines/read-definition.ts';
import type { AslCase, CaseTools } from './cases/asl-case.ts';
import { caseTools } from './cases/case-tools.ts';
import { disputes } from './cases/disputes.ts';
import { runCase } from './cases/run-case.ts';
import type { Json } from './interpreter/json.ts';

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
  /** Strict, and short of the whole history for a reason that is not ours. */
  disputed: { name: string; why: string }[];
}

/** Runs every case of `folder` through the engine, in virtual time. */
export async function runAslCases(folder: string): Promise<AslReport> {
  const tools = await toolsFor(folder);
  const report: AslReport = { cases: 0, outcome: 0, strict: 0, history: 0, failures: [], disputed: [] };
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  for (const file of files.sort()) {
    const recorded = readCase(folder, file);
    const dispute = Object.hasOwn(disputes, recorded.name) ? disputes[recorded.name] : undefined;
    const result = await runCase(recorded, tools);
    report.cases++;
    if (result.outcome) report.outcome++;
    if (result.strict) report.strict++;
    const why = result.strict ? result.history : result.why;
    const isSettled = dispute && result.strict && why !== undefined;
    if (isSettled) report.disputed.push({ name: recorded.name, why: dispute.why });
    else if (why !== undefined) report.failures.push({ name: recorded.name, why });
    else if (result.strict) report.history++;
  }
  return report;
}

/** The comparer that lies beside the folder or in it, or our own. */
async function toolsFor(folder: string): Promise<CaseTools> {
  const file = [resolve(folder, '../compare.mjs'), resolve(folder, 'compare.mjs')].find(existsSync);
  return file === undefined ? caseTools : await import(pathToFileURL(file).href);
}

/** A case whose machine is not in it is about the one whose folder its own lies in. */
function readCase(folder: string, file: string): AslCase & { definition: Json } {
  const recorded = JSON.parse(readFileSync(join(folder, file), 'utf8')) as AslCase; // a file of this format, by its place
  const { definition = JSON.parse(JSON.stringify(readDefinition(resolve(folder, '../definition.asl.yaml')))) } =
    recorded;
  return { ...recorded, definition };
}

async function main(): Promise<void> {
  const [folder, flag] = process.argv.slice(2);
  if (!folder || (flag !== undefined && flag !== '--json')) {
    process.stderr.write('usage: npm run asl-cases -- FOLDER [--json]\n');
    process.exit(2);
  }
  const report = await runAslCases(folder);
  if (flag === '--json') process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else process.stdout.write(inWords(report));
  if (report.cases === 0 || report.strict < report.cases) process.exitCode = 1;
}

function inWords({ cases, outcome, strict, history, failures, disputed }: AslReport): string {
  const list = (items: typeof failures, how: string) =>
    items.map(({ name, why }) => `${name}${how}\n    ${why.slice(0, 400)}\n`);
  const of = (passed: number) => `${passed}/${cases}`;
  const rest = disputed.length > 0 ? `, ${disputed.length} disputed` : '';
  return [
    ...list(failures, ''),
    ...list(disputed, ' (disputed)'),
    `outcome ${of(outcome)}, strict ${of(strict)}, whole history ${of(history)}${rest}\n`,
  ].join('');
}

if (import.meta.main) await main();
