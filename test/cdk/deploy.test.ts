import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProgram, type Run } from '../../cdk/deploy.ts';

const empty = { Status: 'FAILED', StatusReason: "The submitted information didn't contain changes." };
const removal = {
  Action: 'Remove',
  LogicalResourceId: 'RecordsTable',
  ResourceType: 'AWS::DynamoDB::Table',
  PolicyAction: 'Retain',
};
const addition = { Action: 'Add', LogicalResourceId: 'Role', ResourceType: 'AWS::IAM::Role' };
const changing = (...changes: object[]) => ({
  Status: 'CREATE_COMPLETE',
  Changes: changes.map((ResourceChange) => ({ ResourceChange })),
});

it('is made of words that the pinned CDK knows', () => {
  const cdk = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'cdk');
  const help = execFileSync(cdk, ['deploy', '--help'], { encoding: 'utf8', env: { ...process.env, COLUMNS: '200' } });

  for (const word of ['--method', '--change-set-name', '--exclusively', '--require-approval', '--app', '--profile'])
    expect(help).toContain(word);
  expect(help).toMatch(/"prepare-change-set"/);
  expect(help).toMatch(/"execute-change-set"/);
});

describe('npm run deploy', () => {
  let assemblies: string;
  beforeAll(() => {
    process.env.CDK_VALIDATION = 'false';
    assemblies = mkdtempSync(join(tmpdir(), 'sluice-assemblies-'));
    for (const name of ['first', 'later', 'accounts']) {
      const app = new App({ outdir: join(assemblies, name), analyticsReporting: false });
      const account = name === 'accounts' ? { account: '111111111111' } : {};
      const properties = { env: { region: 'eu-west-1', ...account }, terminationProtection: name === 'later' };
      const mine = new Stack(app, 'mine', properties);
      mine.addStackDependency(new Stack(app, 'mine-data', properties));
      if (name === 'accounts') {
        const env = { region: 'eu-west-1', account: '222222222222' };
        new Stack(app, 'mine-222222222222-eu-west-1', { env }).addStackDependency(mine);
      }
      app.synth();
    }
  });
  afterAll(() => rmSync(assemblies, { recursive: true }));

  let folder: string;
  let said: string[];
  let ran: string[];
  /** What describe-change-set answers, by stack. */
  let changeSets: Record<string, object>;
  /** What fails. */
  let broken: RegExp | null;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-deploy-'));
    [said, ran, changeSets, broken] = [[], [], {}, null];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Has two stacks synthesized, and notes whatever else is asked for. */
  const run: Run = (program, words) => {
    const line = `${program} ${words.join(' ').replaceAll(folder, 'OUT')}`;
    ran.push(line);
    if (broken?.test(line)) throw new Error(`${line} failed.`);
    if (words[0] === 'synth') cpSync(join(assemblies, assemblyFor(words)), folder, { recursive: true });
    const stack = words[words.indexOf('--stack-name') + 1] ?? '';
    return words[1] === 'describe-change-set' ? JSON.stringify({ StackName: stack, ...changeSets[stack] }) : '';
  };
  const assemblyFor = (words: readonly string[]) =>
    words.includes('protection=off') ? 'first' : words.includes('account=111111111111') ? 'accounts' : 'later';
  const type = (...words: string[]) =>
    createProgram(run, folder, (line) => said.push(line)).parse(words, { from: 'user' });
  /** What changed something, in few words. */
  const done = () =>
    ran
      .filter((line) => /execute-change-set|set-stack-policy|delete-change-set/.test(line))
      .map((line) => {
        const [, stack] = /(?:deploy|--stack-name) (\S+)/.exec(line) ?? [];
        if (line.includes('set-stack-policy')) return `${stack} ${line.includes('"Deny"') ? 'locked' : 'unlocked'}`;
        return `${stack} ${line.includes('delete-change-set') ? 'given up' : 'executed'}`;
      });

  describe('with clusters of another account', () => {
    const other = 'mine-222222222222-eu-west-1';
    beforeEach(() => {
      changeSets = { 'mine-data': changing(addition), mine: changing(addition), [other]: changing(addition) };
    });

    it('deploys what is of Sluice’s own, and says how the rest is deployed', () => {
      type('deploy', '-c', 'account=111111111111');

      expect(done()).toEqual(['mine-data executed', 'mine executed']);
      expect(said).toContainEqual(
        `${other}: not deployed, since it is of account 222222222222. Deploy it with the same -c, --account and a --profile of that account.`,
      );
    });

    it('deploys only what is of the account that is told, as somebody of it', () => {
      type('deploy', '-c', 'account=111111111111', '--account', '222222222222', '--profile', 'shop');

      expect(done()).toEqual([`${other} executed`]);
      expect(ran.filter((line) => line.includes('change-set')).every((line) => line.includes('--profile shop'))).toBe(
        true,
      );
    });

    it('refuses an account of which there is no stack, before anything is asked for', () => {
      expect(() => type('deploy', '-c', 'account=111111111111', '--account', '333333333333')).toThrow(
        'No stack is of account 333333333333. There are stacks of 111111111111, 222222222222.',
      );
      expect(ran.filter((line) => !line.startsWith('cdk synth'))).toEqual([]);
    });
  });

  it('prepares, judges and executes stack by stack, data first, and has CloudFormation refuse harm to the data from then on', () => {
    changeSets = { 'mine-data': changing(addition), mine: changing(addition, addition) };

    type(
      'deploy',
      '-c',
      'configuration=sluice.yaml',
      '-c',
      'name=mine',
      '--profile',
      'prod',
      '--require-approval',
      'never',
    );

    expect(ran[0]).toBe('cdk synth --quiet --output OUT -c configuration=sluice.yaml -c name=mine --profile prod');
    expect(done()).toEqual(['mine-data executed', 'mine-data locked', 'mine executed']);
    const [prepare, describeIt, execute] = ran.filter((line) => line.includes('mine-data'));
    expect(prepare).toBe(
      'cdk deploy mine-data --app OUT --exclusively --change-set-name sluice-next --profile prod --method prepare-change-set --require-approval never',
    );
    expect(describeIt).toBe(
      'aws cloudformation describe-change-set --stack-name mine-data --region eu-west-1 --profile prod --change-set-name sluice-next --output json',
    );
    expect(execute).toMatch(/^cdk deploy mine-data .*--change-set-name sluice-next .*--method execute-change-set/);
  });

  it('executes nothing that harms data, and gives its change set up', () => {
    changeSets = { 'mine-data': changing(addition, removal), mine: changing(addition) };

    expect(() => type('deploy')).toThrow(
      /^HarmfulChangeSet: mine-data was not changed.*RecordsTable.*--allow LOGICAL_ID/s,
    );

    expect(done()).toEqual(['mine-data given up']);
  });

  it('refuses the stack with the functions likewise, once the data is deployed', () => {
    changeSets = { 'mine-data': empty, mine: changing({ ...removal, ResourceType: 'AWS::SNS::Topic' }) };

    expect(() => type('deploy')).toThrow(
      /^HarmfulChangeSet: mine was not changed.*subscriptions of whoever is on call/s,
    );

    expect(done()).toEqual(['mine-data given up', 'mine-data locked', 'mine given up']);
  });

  it('does what is meant when it is named, and locks again, even when that fails', () => {
    changeSets = { 'mine-data': changing(removal), mine: empty };

    type('deploy', '--allow', 'RecordsTable');
    expect(done()).toEqual(['mine-data unlocked', 'mine-data executed', 'mine-data locked', 'mine given up']);

    ran = [];
    broken = /mine-data .*execute-change-set/;
    expect(() => type('deploy', '--allow', 'RecordsTable')).toThrow(/failed/);
    expect(done()).toEqual(['mine-data unlocked', 'mine-data executed', 'mine-data locked']);
  });

  it('locks nothing in a first deployment, which has to be able to fail whole', () => {
    changeSets = { 'mine-data': changing(addition), mine: changing(addition) };

    type('deploy', '-c', 'protection=off');

    expect(done()).toEqual(['mine-data executed', 'mine executed']);
  });

  it('goes no further than what failed', () => {
    changeSets = { 'mine-data': changing(addition), mine: changing(addition) };
    broken = /mine-data .*execute-change-set/;

    expect(() => type('deploy')).toThrow(/failed/);

    expect(done()).toEqual(['mine-data executed']);
  });

  describe('and npm run guard', () => {
    const fileOf = (text: string): string => {
      const file = join(folder, 'change-set.json');
      writeFileSync(file, text);
      return file;
    };

    it('judges what something else has prepared', () => {
      const harmless = fileOf(JSON.stringify({ StackName: 'mine', ...changing(addition) }));
      type('guard', harmless);
      expect(said).toEqual(['mine: harms nothing that cannot be made again.']);

      const harmful = fileOf(JSON.stringify({ StackName: 'mine', ...changing(removal) }));
      expect(() => type('guard', harmful)).toThrow(/^HarmfulChangeSet: mine was not changed/);
      type('guard', harmful, '--allow', 'RecordsTable');
      expect(ran).toEqual([]);
    });

    it('believes no half of an answer, nor another one', () => {
      const page = { StackName: 'mine', ...changing(addition), NextToken: 'more' };

      expect(() => type('guard', fileOf(JSON.stringify(page)))).toThrow(/NextToken: must be absent/);
      expect(() => type('guard', fileOf('{"Stacks": []}'))).toThrow(/StackName: .*\n.*Status: /);
      expect(() => type('guard', fileOf('StackName  mine'))).toThrow(/^InvalidChangeSet: .*not JSON.*--output json/);
    });
  });
});
