import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { configurationWarnings } from '../../contracts/configuration/configuration-warnings.ts';
import { parseConfiguration } from '../../contracts/configuration/parse-configuration.ts';
import { usageError } from '../exit.ts';
import { type Answers, optionKey, type Question, questions } from '../init/answers.ts';
import { invalidConfiguration } from '../read-configuration.ts';
import type { World } from '../world.ts';

/** `sluice init`: a service of one's own. It asks for what is not said, where somebody can answer. */
export function addInit(program: Command, world: World): void {
  const command = program
    .command('init [folder]')
    .description(
      'Write the files that your service needs: sluice.yaml, the chart and its values, the workflow that publishes release.json, and Argo CD’s objects. It never overwrites a file.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ sluice init my-service
  $ sluice init my-service --name shop --repository example/shop --image 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop --host shop.example.com --prometheus https://prometheus.example.com --sluice https://sluice.example.com --mail-from sluice@example.com --approvers ana@example.com=ana,ben@example.com=ben --page https://pager.example.com/sluice
`,
    );
  for (const question of questions) command.option(`--${question.name} <${question.placeholder}>`, describe(question));
  command.action(async (folder: string | undefined, flags: Record<string, string | undefined>) => {
    const into = folder ?? '.';
    const answers = await answersOf(world, flags);
    // The templates are many files: only who asks for them has to wait.
    const [{ filesOf }, { shippedFolder }] = await Promise.all([
      import('../init/files.ts'),
      import('../shipped-folder.ts'),
    ]);
    const files = await filesOf(answers, shippedFolder);
    const text = files.get('sluice.yaml') ?? '';
    const parsed = parseConfiguration(text);
    if (!parsed.ok) throw invalidConfiguration('What sluice.yaml would be', parsed.problems);
    const taken: string[] = [];
    for (const path of files.keys()) if (await exists(world, join(into, path))) taken.push(join(into, path));
    if (taken.length > 0)
      throw usageError(
        `Nothing was written: ${taken.join(', ')} ${taken.length === 1 ? 'is' : 'are'} there already.`,
        'Name another folder, or move them away.',
      );
    for (const [path, content] of files) await world.writeFile(join(into, path), content);
    world.out(
      `${[...summary(into, files), ...configurationWarnings(parsed.configuration).map((one) => `Warning: ${one}`)].join('\n')}\n`,
    );
  });
}

const describe = ({ text, usual }: Question): string => {
  const value = usual({});
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}${value === null ? '' : ` (${value})`}`;
};

type Flags = Readonly<Record<string, string | undefined>>;

/**
 * What the options say, and what is usual. Where that is not everything, all that is not said is asked for, if somebody can answer; else lines
 * that were pasted after a complete command would be taken for answers.
 *
 * @throws {CliError} usage, with everything that is not known.
 */
async function answersOf(world: World, flags: Flags): Promise<Answers> {
  const told = await answerAll(flags);
  const { answers, missing } = told.missing.length > 0 && world.ask ? await answerAll(flags, world.ask) : told;
  if (missing.length === 0) return answers;
  throw usageError(
    `${missing.length === 1 ? 'One thing is' : `${missing.length} things are`} not known, and nobody can be asked here.`,
    missing.map(({ name, placeholder, text }) => `--${name} <${placeholder}>: ${text}`).join('\n'),
  );
}

async function answerAll(flags: Flags, ask?: World['ask']): Promise<{ answers: Answers; missing: Question[] }> {
  const answers: Record<string, string> = {};
  const missing: Question[] = [];
  for (const question of questions) {
    const usual = question.usual(answers);
    const said = flags[optionKey(question.name)] ?? (await ask?.(prompt(question, usual)));
    const answer = said?.trim() || usual;
    if (answer === null) missing.push(question);
    else answers[question.name] = answer;
  }
  return { answers, missing };
}

const prompt = ({ text }: Question, usual: string | null): string => `${text}${usual === null ? '' : ` [${usual}]`}: `;

const exists = (world: World, path: string): Promise<boolean> =>
  world.readFile(path).then(
    () => true,
    () => false,
  );

function summary(into: string, files: ReadonlyMap<string, string>): string[] {
  const folders = new Map<string, number>();
  for (const path of files.keys()) {
    const top = dirname(path) === '.' ? path : `${dirname(path).split('/').slice(0, 2).join('/')}/`;
    folders.set(top, (folders.get(top) ?? 0) + 1);
  }
  return [
    `Written into ${into}:`,
    ...[...folders].map(([path, count]) => `  ${path}${count === 1 ? '' : ` (${count} files)`}`),
    'Next:',
    `  Check what is in it: sluice validate ${join(into, 'sluice.yaml')}`,
    `  Try it on this machine, in a checkout of Sluice: npm start -- --config ${resolve(into, 'sluice.yaml')}`,
    '  Commit deploy/chart as chart/ to the branches env/blue and env/green of the deploy repository.',
    '  Give the cluster Argo CD’s objects: kubectl apply -R -f argocd',
    '  docs/install.md of Sluice has the rest, from the stack to the first deployment.',
  ];
}
