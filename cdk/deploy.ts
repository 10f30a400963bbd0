import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { Command, InvalidArgumentError } from 'commander';
import { type ChangeSet, changeSetSchema, judgeChangeSet, stackPolicy } from './change-set.ts';
import { dataStackName } from './installation.ts';

/** What the deployment asks of two programs. @returns what it printed, where `told` is asked for. @throws when it ends with another code than 0. */
export type Run = (program: 'cdk' | 'aws', words: readonly string[], output: 'shown' | 'told') => string;

export interface DeployOptions {
  /** `key=value`, as for `cdk -c`. */
  readonly context: readonly string[];
  readonly profile?: string;
  readonly requireApproval?: string;
  /** Whose stacks: Sluice's own account unless told. Of others there are those that let it into their clusters. */
  readonly account?: string;
  /** Logical ids of what may be replaced or removed. */
  readonly allow: readonly string[];
}

/** Nothing of the stack was changed, and why. The code comes before the message, as with `sluice`, and `sluice explain` knows it. */
export class StackRefused extends Error {
  override readonly name = 'StackRefused';

  constructor(code: 'HarmfulChangeSet' | 'InvalidChangeSet', message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
  }
}

const changeSetName = 'sluice-next';

const otherAccount = 'Deploy it with the same -c, --account and a --profile of that account.';

/**
 * Deploys the installation, stack by stack in the order of their dependencies. Each gets a change set first; it is executed only when it harms nothing that
 * cannot be made again (change-set.ts). What was judged is what is executed, not a second synthesis.
 *
 * @param folder where the synthesis goes.
 * @throws {StackRefused} before anything of that stack has changed; stacks before it are deployed.
 */
export function deploy(options: DeployOptions, folder: string, run: Run, say: (line: string) => void): void {
  const profile = options.profile === undefined ? [] : ['--profile', options.profile];
  const context = options.context.flatMap((pair) => ['-c', pair]);
  run('cdk', ['synth', '--quiet', '--output', folder, ...context, ...profile], 'shown');
  const allowed = new Set(options.allow);
  const { stacks } = new CloudAssembly(folder);
  const withData = new Set(stacks.map(({ stackName }) => dataStackName({ name: stackName })));
  const own = stacks[0]?.environment.account;
  const account = options.account ?? own;
  if (!stacks.some(({ environment }) => environment.account === account)) {
    const there = [...new Set(stacks.map(({ environment }) => environment.account))].join(', ');
    throw new Error(`No stack is of account ${account}. There are stacks of ${there}.`);
  }
  for (const { id, stackName, environment, terminationProtection } of stacks) {
    if (environment.account !== account) {
      if (account === own)
        say(`${stackName}: not deployed, since it is of account ${environment.account}. ${otherAccount}`);
      continue;
    }
    const deployment = ['deploy', id, '--app', folder, '--exclusively', '--change-set-name', changeSetName, ...profile];
    const aws = (command: string, ...words: string[]) =>
      run(
        'aws',
        ['cloudformation', command, '--stack-name', stackName, '--region', environment.region, ...profile, ...words],
        command.startsWith('describe') ? 'told' : 'shown',
      );
    const changeSet = ['--change-set-name', changeSetName];
    const approval = options.requireApproval === undefined ? [] : ['--require-approval', options.requireApproval];
    run('cdk', [...deployment, '--method', 'prepare-change-set', ...approval], 'shown');
    const verdict = judgeChangeSet(
      readChangeSet(aws('describe-change-set', ...changeSet, '--output', 'json'), `change set of ${stackName}`),
      allowed,
    );
    if (verdict.kind !== 'harmless') aws('delete-change-set', ...changeSet);
    if (verdict.kind === 'refused') throw new StackRefused('HarmfulChangeSet', refusal(stackName, verdict.reasons));
    const guarded = terminationProtection === true && withData.has(stackName);
    const policy = (which: Parameters<typeof stackPolicy>[0]) =>
      aws('set-stack-policy', '--stack-policy-body', JSON.stringify(stackPolicy(which)));
    if (verdict.kind === 'empty') {
      say(`${stackName}: nothing to change.`);
    } else {
      say(`${stackName}: ${verdict.changes} changes, none of them to what cannot be made again.`);
      const lifted = guarded && allowed.size > 0;
      if (lifted) policy('everything');
      try {
        // It was approved when it was prepared.
        run('cdk', [...deployment, '--method', 'execute-change-set', '--require-approval', 'never'], 'shown');
      } catch (error) {
        if (lifted) policy('nothing');
        throw error;
      }
    }
    if (guarded) policy('nothing');
  }
}

/** @throws {StackRefused} with every problem, when this is not what describe-change-set prints. */
export function readChangeSet(text: string, which: string): ChangeSet {
  const parsed = changeSetSchema.safeParse(jsonOf(text, which));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new StackRefused(
    'InvalidChangeSet',
    `The ${which} is not what "aws cloudformation describe-change-set --output json" prints:\n${problems.join('\n')}`,
  );
}

function jsonOf(text: string, which: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StackRefused('InvalidChangeSet', `The ${which} is not JSON. Pass --output json to describe-change-set.`, {
      cause,
    });
  }
}

/** For whoever deploys: what would be harmed, and what to do. */
export const refusal = (stackName: string, reasons: readonly string[]): string =>
  [
    `${stackName} was not changed. Its change set harms what cannot be made again:`,
    ...reasons.map((reason) => `  ${reason}`),
    'Undo what renames or removes it. If it is meant, keep a backup and name each: --allow LOGICAL_ID.',
  ].join('\n');

/** @throws {Error} naming the program that failed; it has told the rest itself. */
const runProgram: Run = (program, words, output) => {
  const { status, error, stdout } = spawnSync(program, words, {
    encoding: 'utf8',
    stdio: ['inherit', output === 'told' ? 'pipe' : 'inherit', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw new Error(`${program} could not be started: is it installed?`, { cause: error });
  if (status !== 0) throw new Error(`"${program} ${words.slice(0, 2).join(' ')}" failed with ${status}.`);
  return stdout ?? '';
};

const collect = (value: string, before: readonly string[] = []) => [...before, value];

function pairOf(value: string, before: readonly string[] = []): readonly string[] {
  if (!value.includes('=')) throw new InvalidArgumentError('It must be key=value.');
  return collect(value, before);
}

/** The two commands, `deploy` and `guard`. */
export function createProgram(run: Run, folder: string, say: (line: string) => void): Command {
  const program = new Command('deploy').description('Deploys Sluice, and refuses what would harm its data.');
  program
    .command('deploy', { isDefault: true })
    .option('-c, --context <key=value>', 'as for cdk, as often as needed', pairOf, [])
    .option('--profile <name>', 'a profile of the AWS configuration')
    .option('--account <id>', 'only the stacks of this account, where clusters are in another one than Sluice')
    .option('--require-approval <level>', 'as for cdk: never, any-change, broadening, destructive')
    .option(
      '--allow <id>',
      'logical id of what may be replaced or removed all the same, as often as needed',
      collect,
      [],
    )
    .action((options: DeployOptions) => deploy(options, folder, run, say));
  program
    .command('guard')
    .description('Judges change sets that something else has prepared.')
    .argument('<files...>', 'what "aws cloudformation describe-change-set --output json" printed')
    .option(
      '--allow <id>',
      'logical id of what may be replaced or removed all the same, as often as needed',
      collect,
      [],
    )
    .action((files: readonly string[], { allow }: Pick<DeployOptions, 'allow'>) => {
      for (const file of files) {
        const changeSet = readChangeSet(readFileSync(file, 'utf8'), `file ${file}`);
        const verdict = judgeChangeSet(changeSet, new Set(allow));
        if (verdict.kind === 'refused')
          throw new StackRefused('HarmfulChangeSet', refusal(changeSet.StackName, verdict.reasons));
        say(
          `${changeSet.StackName}: ${verdict.kind === 'empty' ? 'nothing to change' : 'harms nothing that cannot be made again'}.`,
        );
      }
    });
  return program;
}

if (import.meta.main) {
  try {
    createProgram(runProgram, 'cdk.out', (line) => console.log(line)).parse();
  } catch (error) {
    console.error(error instanceof Error ? `deploy: ${error.message}` : error);
    process.exitCode = 1;
  }
}
