import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exampleFile } from '../../cdk/installation.ts';
import { assemble } from '../cdk/support/assemble.ts';
import { describeJudged } from './describe-judged.ts';
import { findJudges } from './tools.ts';

/** The ways in which an installation differs, each with what it adds to the templates. */
const installations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  example: {},
  'in a VPC': { vpc: 'vpc-0a1b2c3d', subnets: 'subnet-0a1b2c3d,subnet-1a2b3c4d', routeTables: 'rtb-0a1b2c3d' },
  'first, in a small account, with tags and a boundary': {
    protection: 'off',
    reserved: 'off',
    tags: 'team=ml, cost=42',
    permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
  },
  'under a name and a host name of its own': {
    name: 'other',
    region: 'eu-west-1',
    certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f',
  },
};

/** A configuration that says otherwise what the example says, and what it leaves out. */
function otherConfiguration(folder: string): string {
  cpSync(join(dirname(exampleFile), 'fixtures'), join(folder, 'fixtures'), { recursive: true });
  const edits: readonly (readonly [string, string])[] = [
    ['mail: { from: sluice@example.com }', 'mail: { from: sluice@acme.example, identity: acme.example }'],
    ['audit: { anchor: { mode: governance, retention: 365d } }', 'retention: { logs: 365d, readings: 400d }'],
    ['# alerts: { topics: [', 'alerts: { topics: ['],
    [
      'source: { istio: https://prometheus.production.example.com,',
      'source: { auth: { sigv4: us-east-1 }, istio: https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-0a1b,',
    ],
    ['    approvals:\n', '    approvals:\n      environment: production-approval\n'],
    ["page: { sns: 'arn:aws:sns:us-east-1:123456789012:on-call'", 'page: { format: slack, secret: on-call/slack'],
  ];
  const text = edits.reduce(
    (before, [from, to]) => {
      if (!before.includes(from)) throw new Error(`the example has no ${from}`);
      return before.replace(from, to);
    },
    readFileSync(exampleFile, 'utf8'),
  );
  const configuration = join(folder, 'sluice.yaml');
  writeFileSync(configuration, text);
  return configuration;
}

interface Finding {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
}

describeJudged(await findJudges(), 'cfn-lint', (judges) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-templates-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Its findings about a template, errors alone: it exits with 2 and more when there are some. */
  const errorsIn = (...files: string[]): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const words = ['--format', 'json', '--non-zero-exit-code', 'none', '--ignore-checks', 'W', 'I', '--', ...files];
      execFile(judges.program('cfn-lint'), words, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
        if (error !== null) return reject(error);
        const findings: Finding[] = JSON.parse(stdout);
        resolve(findings.map(({ Rule, Message, Location }) => `${Rule.Id} ${Location.Path.join('/')}: ${Message}`));
      });
    });

  it.each(Object.entries(installations))(
    'has no error in any template of the installation: %s',
    async (name, context) => {
      const files = assemble(join(folder, name), context).stacks.map(({ templateFullPath }) => templateFullPath);

      expect(await errorsIn(...files)).toEqual([]);

      console.log(`cfn-lint read ${files.length} templates of the installation: ${name}`);
    },
  );

  it('has no error in the templates of a configuration with other choices', async () => {
    const own = mkdtempSync(join(folder, 'configuration-'));
    const context = {
      configuration: otherConfiguration(own),
      issuer: 'https://login.acme.example/',
      audience: 'sluice',
    };
    const files = assemble(join(folder, 'other'), context).stacks.map(({ templateFullPath }) => templateFullPath);

    expect(await errorsIn(...files)).toEqual([]);
  });

  it('would find a property that does not exist', async () => {
    const wrong = join(folder, 'wrong.json');
    writeFileSync(
      wrong,
      JSON.stringify({ Resources: { Table: { Type: 'AWS::SNS::Topic', Properties: { Nom: 'x' } } } }),
    );

    expect(await errorsIn(wrong)).toEqual([expect.stringContaining("'Nom' was unexpected")]);
  });
});
