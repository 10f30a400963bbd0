import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chainContestants, fiveStateContestants } from './engine-in-process.ts';
import { sdkContestants } from './engine-sdk.ts';
import { type Contestant, interleave, line } from './interleave.ts';

/** Measures the Step Functions engine, beside the npm package aws-local-stepfunctions, which keeps nothing. */
const rounds = { warmUp: 2, counted: 7 };
const waitingExecutions = 10_000;
const waitingRounds = 3;

async function report(contestants: Contestant[], unit: string): Promise<void> {
  for (const [{ name, target }, values] of await interleave(contestants, rounds)) {
    process.stdout.write(line(name, values, unit, target));
  }
}

interface Waiting {
  filled: { perExecution: number; perExecutionResident: number };
  resumed: { ms: number; outcome: string; running: number };
}

/** Executions that wait for a token: their memory, and the time to take them up again after `kill -9`. */
async function waiting(): Promise<Waiting> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-engine-'));
  const program = join(import.meta.dirname, 'engine-waiting.ts');
  const start = async (mode: string) => {
    const child = spawn(process.execPath, ['--expose-gc', program, mode, folder, String(waitingExecutions)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return { child, said: JSON.parse(String((await once(child.stdout, 'data'))[0])) };
  };
  try {
    const filling = await start('fill');
    filling.child.kill('SIGKILL');
    await once(filling.child, 'exit');
    const resuming = await start('resume');
    const { outcome, running } = resuming.said;
    if (outcome !== 'done' || running !== waitingExecutions + 199) throw new Error(`${running} run on: ${outcome}`);
    return { filled: filling.said, resumed: resuming.said };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

process.stdout.write(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}; medians\n`);
await report(await fiveStateContestants(), '/s');
await report(await sdkContestants(), '/s');
await report(await chainContestants(), '/s');
const seen: Waiting[] = [];
for (let round = 0; round < waitingRounds; round++) seen.push(await waiting());
const many = waitingExecutions.toLocaleString('en');
const each = (value: (one: Waiting) => number) => seen.map(value);
process.stdout.write(
  [
    line(
      `memory per waiting execution, of ${many} (heap)`,
      each(({ filled }) => filled.perExecution),
      ' B',
      '≤ 8,192 B',
    ),
    line(
      'the same, resident set',
      each(({ filled }) => filled.perExecutionResident),
      ' B',
    ),
    line(
      `${many} waiting executions resumed after kill -9`,
      each(({ resumed }) => resumed.ms),
      ' ms',
      '≤ 3,000 ms',
    ),
  ].join(''),
);
