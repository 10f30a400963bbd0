import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

const usage = `npm run sim:mutants -- [--schedules N] [--seed S] [--only NAME]

Removes one safety line after the other from a copy of the code, and says how many nights (at most N, 200) it takes until one is violated.
`;

/** A line that keeps people safe, and what is there without it. */
interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly line: string;
  readonly instead: string;
}

const mutants: readonly Mutant[] = [
  {
    name: 'pods need not be ready',
    file: 'core/workload/ready-for-weight.ts',
    line: "if (needed <= 0) return { kind: 'ready', replicas: 0 };",
    instead: "if (needed >= 0) return { kind: 'ready', replicas: needed };",
  },
  {
    name: 'no objective fails',
    file: 'core/judgement/judge.ts',
    line: '} else if (brokenBound(objective, reading.value) !== null) {',
    instead: '} else if (reading.value > Number.POSITIVE_INFINITY) {',
  },
  {
    name: 'the guardian is deaf',
    file: 'functions/guardian/handler.ts',
    line: "return await (parsed.source === 'aws.states' ? guard(deps, parsed.detail) : sweep(deps));",
    instead: 'return parsed;',
  },
  {
    name: 'nothing is put on hold',
    file: 'pipeline/operation/hold-blamed.ts',
    line: 'if (failed.release) await hold(',
    instead: 'if (failed.release === undefined) await hold(',
  },
  {
    name: 'a pending approval is as good as one that is granted',
    file: 'pipeline/approval/await-approval.ts',
    line: "    case 'pending':\n      return { outcome: 'pending' };\n    case 'approved': {",
    instead: "    case 'pending':\n    case 'approved': {",
  },
];

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** The first night with a violation, of a copy of the code without this line; null when there is none. */
async function firstNight({ file, line, instead }: Mutant): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-mutant-'));
  try {
    const { stdout } = await run('git', ['ls-files', '-z'], { cwd: root, maxBuffer: 1 << 24 });
    const top = new Set(stdout.split('\0').flatMap((path) => path.split('/')[0] || []));
    for (const name of top) await cp(join(root, name), join(folder, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const source = await readFile(join(folder, file), 'utf8');
    if (source.split(line).length !== 2) throw new Error(`${file} has not once: ${line}`);
    await writeFile(
      join(folder, file),
      source.replace(line, () => instead),
    );
    const options = ['--schedules', values.schedules, '--seed', values.seed, '--until-violated'];
    const played = await run(process.execPath, [join(folder, 'sim', 'main.ts'), ...options], {
      maxBuffer: 1 << 26,
    }).catch(
      // It ends with 1 when something was violated.
      (error: { stdout?: string }) => error as { stdout: string },
    );
    return /^night \d+: \d+ violated[\s\S]*?\n.+/m.exec(played.stdout)?.[0].replace('\n', '') ?? null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (values.help) process.stdout.write(usage);
else {
  let survived = 0;
  for (const mutant of mutants.filter(({ name }) => values.only === undefined || name.includes(values.only))) {
    const night = await firstNight(mutant);
    if (night === null) survived += 1;
    process.stdout.write(`${mutant.name}: ${night ?? `not found within ${values.schedules} nights`}\n`);
  }
  process.exitCode = survived === 0 ? 0 : 1;
}
