import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeJudged } from './describe-judged.ts';
import type { Exchange } from './exchanges.ts';
import { judgeGitHubCalls, type Verdict } from './judge-github-calls.ts';
import { recordCalls } from './record-calls.ts';
import { findJudges } from './tools.ts';

const root = join(import.meta.dirname, '..', '..');

/** Findings that stay, each with its reason. */
const known: Readonly<Record<string, string>> = {
  'dynamodb:CreateTable: answer.TableDescription.TableThroughputModeSummary does not exist': 'dynalite’s, not ours',
  'dynamodb:DescribeTable: answer.Table.TableThroughputModeSummary does not exist': 'dynalite’s, not ours',
  ...Object.fromEntries(
    ['git/refs', 'deployments', 'pulls'].map((path) => [
      `POST /repos/{owner}/{repo}/${path}: has no body`,
      '`sluice doctor` asks with nothing in the request, so that nothing is made: GitHub looks at the permission first',
    ]),
  ),
};
const unknownAmong = (problems: readonly string[]) => problems.filter((problem) => !(problem in known));

/** Every match of a pattern's first group in the adapters. */
const inAdapters = (pattern: RegExp): string[] => [
  ...new Set(
    globSync('adapters/**/*.ts', { cwd: root }).flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([, found = '']) => found),
    ),
  ),
];

/** Of the document client and of what a factory makes: the commands that leave. */
const sent: Readonly<Record<string, string>> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
};

const total = (verdict: Verdict, half: 'requests' | 'answers') =>
  Object.values(verdict.judged).reduce((sum, counts) => sum + counts[half], 0);
const summary = (judge: string, verdict: Verdict) =>
  `${judge} judged ${total(verdict, 'requests')} requests and ${total(verdict, 'answers')} answers of ${Object.keys(verdict.judged).length} operations`;

describeJudged(await findJudges(), 'judges of calls', (judges) => {
  let exchanges: Exchange[];
  beforeAll(async () => {
    exchanges = await recordCalls();
  });

  const judgeAwsCalls = (judged: readonly Exchange[]): Promise<Verdict> =>
    new Promise((resolve, reject) => {
      const words = [join(import.meta.dirname, 'judge_aws_calls.py')];
      const child = execFile(
        judges.program('python'),
        words,
        { maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => (error === null ? resolve(JSON.parse(stdout)) : reject(new Error(stderr))),
      );
      child.stdin?.end(judged.map((one) => `${JSON.stringify(one)}\n`).join(''));
    });
  // Queries of Amazon Managed Prometheus are Prometheus' own API, signed for AWS: no model has them.
  const toAws = () => exchanges.filter(({ service }) => service !== 'github' && service !== 'aps');
  const toGitHub = () => exchanges.filter(({ service }) => service === 'github');

  it('botocore’s service models have what AWS is asked, and what stand-ins answer', async () => {
    const verdict = await judgeAwsCalls(toAws());

    expect(unknownAmong(verdict.problems)).toEqual([]);
    console.log(summary('botocore', verdict));
    // Every operation that an adapter can ask for was among them.
    const commands = inAdapters(/new (\w+)Command\(/g).filter((name) => name !== 'Careful');
    const seen = Object.entries(verdict.judged).flatMap(([name, { requests }]) =>
      requests > 0 ? [name.replace(/^.*:/, '')] : [],
    );
    expect(commands.map((name) => sent[name] ?? name).filter((name) => !seen.includes(name))).toEqual([]);
  });

  it('GitHub’s OpenAPI description has what GitHub is asked, and what the stand-in answers', () => {
    const verdict = judgeGitHubCalls(toGitHub(), judges.modules);

    expect(unknownAmong(verdict.problems)).toEqual([]);
    console.log(summary('GitHub’s OpenAPI description', verdict));
    const routes = inAdapters(/'((?:GET|POST|PUT|PATCH|DELETE) \/[^']*)'/g);
    expect(routes.filter((route) => !verdict.judged[route]?.requests)).toEqual([]);
  });

  it('would find an unknown and a missing parameter, a value out of bounds, and an answer that does not exist', async () => {
    const [send] = toAws().filter(({ headers }) => headers['x-amz-target'] === 'AWSStepFunctions.StartExecution');
    const [runs] = toGitHub().filter(({ path, method }) => method === 'GET' && /\/actions\/runs\?/.test(path));
    if (send === undefined || runs === undefined)
      throw new Error('Neither an execution nor a list of runs was recorded.');
    const inBase64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
    const judged = ['request', 'answer'] as const;

    const aws = await judgeAwsCalls([
      { ...send, judged, body: inBase64({ name: '', nmae: 'x' }), answer: inBase64({ arn: 'x' }) },
    ]);
    const github = judgeGitHubCalls(
      [{ ...runs, judged, path: `${runs.path}&per_pgae=1`, answer: inBase64({ runs: [] }) }],
      judges.modules,
    );

    expect(aws.problems).toEqual([
      'states:StartExecution: answer.arn does not exist',
      'states:StartExecution: request.name: 0 is not between 1 and 80',
      'states:StartExecution: request.nmae does not exist',
      'states:StartExecution: request.stateMachineArn is missing',
    ]);
    expect(github.problems).toEqual([
      expect.stringContaining('must NOT have additional properties {"additionalProperty":"runs"}'),
      expect.stringContaining('unknown parameter: query per_pgae'),
    ]);
  });
});
