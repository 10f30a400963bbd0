import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clustersIn, exampleFile, readInstallation } from '../../cdk/installation.ts';
import { configurationWarnings } from '../../contracts/configuration/configuration-warnings.ts';
import { InvalidConfiguration } from '../../contracts/errors.ts';

const example = readFileSync(exampleFile, 'utf8');
const tokens = { issuer: 'https://login.acme.test/', audience: 'sluice, console' };

describe('what an installation is read from', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-installation-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = () => join(folder, 'sluice.yaml');
  const read = (text: string, context: Record<string, string> = tokens) => {
    writeFileSync(file(), text);
    const given: Record<string, string> = { configuration: file(), ...context };
    return readInstallation((key) => given[key]);
  };
  const refusal = (text: string, context?: Record<string, string>): string => {
    try {
      read(text, context);
    } catch (error) {
      if (error instanceof InvalidConfiguration) return error.message;
      throw error;
    }
    throw new Error('it was not refused');
  };
  const lineOf = (text: string, start: string) => text.split('\n').findIndex((line) => line.includes(start)) + 1;
  const withoutBodies = example.replace(/^.*bodyFile.*\n/m, '');

  it('takes several services on several clusters, and several audiences', () => {
    const installation = read(withoutBodies);

    expect(installation).toMatchObject({
      name: 'sluice',
      region: 'us-east-1',
      signIn: {
        issuer: 'https://login.acme.test/',
        audience: ['sluice', 'console'],
        nameClaim: 'email',
        console: null,
      },
      network: null,
    });
    expect(installation.configuration.services.map(({ cluster }) => cluster)).toEqual(['production', 'research']);
  });

  it('warns about a query that looks back over a fixed time, unless it asks for a version', () => {
    const own = withoutBodies.replace('- name: error-rate\n', `$&          query: 'avg(e{{range}}) or vector(0)'\n`);
    const warningsOf = (range: string) =>
      configurationWarnings(read(own.replace('{{range}}', range).replace('{ tolerate: 0.005 }', 'null')).configuration);

    expect(warningsOf('[{{window}}]')).toEqual([]);
    expect(warningsOf('[5m]')[0]).toContain('services[0].objectives.list[0].query');
    expect(warningsOf('[5m] + 0 * m{v="{{version}}"}')).toEqual([]);
  });

  it('warns about a service whose images may lie in any repository', () => {
    const text = withoutBodies.replace(/^.*repositories: .*research.*$/m, '');

    expect(configurationWarnings(read(withoutBodies).configuration)).toEqual([]);
    expect(configurationWarnings(read(text).configuration)).toEqual([
      expect.stringContaining('services[1].validation.image.repositories is not set'),
    ]);
  });

  it('names every problem of the file and of the context at once, with path and line', () => {
    const message = refusal('mail: { from: nobody }\nservices:\n  - name: Not A Label\n', { vpc: 'vpc-zzz' });

    expect(message).toContain(`${file()}:1: mail.from: must be a mail address`);
    expect(message).toContain(`${file()}:3: services[0].name: `);
    expect(message).toContain('services[0].repository: is missing');
    expect(message).toContain('context: issuer: ');
    expect(message).toContain('context: audience: ');
    expect(message).toContain('context: vpc: ');
  });

  it('stands where its first cluster is, or where it is told, and serves clusters of other regions', () => {
    const text = withoutBodies.replace('name: research, region: us-east-1', 'name: research, region: eu-west-1');

    const installation = read(text);

    expect(installation.region).toBe('us-east-1');
    expect(read(text, { ...tokens, region: 'eu-central-1' }).region).toBe('eu-central-1');
    expect(clustersIn(installation, 'us-east-1')).toEqual(['production']);
    expect(clustersIn(installation, 'eu-west-1')).toEqual(['research']);
  });

  it('refuses a body that does not lie beside the configuration', () => {
    expect(refusal(example)).toContain(
      `${file()}:${lineOf(example, 'bodyFile')}: services[0].health.checks[1].bodyFile: there is no file fixtures/xray.json`,
    );
  });

  it('is refused without a configuration, whatever else is given', () => {
    const refused = (context: Record<string, string>) => () => readInstallation((key) => context[key]);

    expect(refused(tokens)).toThrow('context: configuration: is missing: which sluice.yaml is to be installed');
    expect(refused({ ...tokens, configuration: '' })).toThrow('context: configuration: is missing');
    expect(refused({})).toThrow(/configuration: is missing.*issuer: .*audience: /s);
  });

  it('makes the app end with an error and without a stack, so that nothing is deployed by forgetting a flag', () => {
    const { status, stderr } = spawnSync(process.execPath, [join('cdk', 'app.ts')], {
      cwd: join(import.meta.dirname, '..', '..'),
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', CDK_OUTDIR: folder },
    });

    expect(stderr).toContain('Nothing was synthesized:\ncontext: configuration: is missing');
    expect(status).toBe(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.template.json'))).toEqual([]);
  });

  it('takes the example by its name, which needs nothing else', () => {
    const configuration = relative(process.cwd(), exampleFile);

    const { name, signIn } = readInstallation((key) => (key === 'configuration' ? configuration : undefined));

    // Deployed by mistake, it meets no installation.
    expect(name).toBe('sluice-example');
    expect(signIn.issuer).toBe('https://login.example.com/');
    expect(signIn.console).not.toBeNull();
  });

  it('never takes the example’s issuer or console for somebody’s own installation', () => {
    const edited: Record<string, string> = { configuration: exampleFile, ...tokens };

    expect(refusal(withoutBodies, {})).toContain('context: issuer: ');
    expect(readInstallation((key) => edited[key]).signIn).toMatchObject({ issuer: tokens.issuer, console: null });
  });

  it('takes by what the console signs browsers in, or none of it', () => {
    const client = { client: 'console', authorize: 'https://login.acme.test/authorize' };
    const token = 'https://login.acme.test/token';

    expect(read(withoutBodies, { ...tokens, ...client, token }).signIn.console).toEqual({ ...client, token });
    expect(refusal(withoutBodies, { ...tokens, ...client })).toContain('context: client: must be given together');
  });

  it('wants subnets with a VPC', () => {
    expect(refusal(withoutBodies, { ...tokens, vpc: 'vpc-0a1b' })).toContain(
      'context: subnets: must be given together',
    );
  });

  it('says when there is no file', () => {
    expect(() => readInstallation((key) => (key === 'configuration' ? join(folder, 'none.yaml') : undefined))).toThrow(
      'there is no such file',
    );
  });
});
