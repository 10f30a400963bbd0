import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exampleFile } from '../../../cdk/installation.ts';
import { areInstalled } from '../../support/are-installed.ts';
import { runSluice } from '../../unit/cli/support.ts';

const committed = 'monitoring/alertmanager.yaml';
const example = await readFile(exampleFile, 'utf8');
const print = (text: string, ...flags: string[]) =>
  runSluice(['monitoring', 'alertmanager', ...flags], { files: { 'sluice.yaml': text } });

it('the committed configuration is what the command prints for the example', async () => {
  const { exitCode, out } = await print(example);

  expect(exitCode).toBe(0);
  expect(out).toBe(await readFile(committed, 'utf8'));
});

it('names the webhook of the installation, the file with its token, and who was told before', async () => {
  const { out } = await print(example, '--credentials-file', '/run/token', '--receiver', 'pager');
  const { route, receivers } = parse(out);

  expect([route.receiver, route.routes.at(-1)]).toEqual(['pager', { receiver: 'pager' }]);
  expect(receivers).toMatchObject([
    { name: 'pager' },
    {
      name: 'sluice',
      webhook_configs: [
        {
          url: 'https://sluice.example.com/webhooks/alertmanager',
          send_resolved: true,
          http_config: { authorization: { type: 'Bearer', credentials_file: '/run/token' } },
        },
      ],
    },
  ]);
  expect(out).not.toContain('credentials:');
});

const isRun = areInstalled('amtool') || Boolean(process.env.CI);
const whySkipped = isRun ? '' : ' (skipped: amtool is not on the PATH)';

(isRun ? describe : describe.skip)(`the configuration, as Alertmanager reads it${whySkipped}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-alertmanager-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Who gets an alert with these labels. */
  async function receiversOf(file: string, ...labels: string[]): Promise<string> {
    const args = ['config', 'routes', 'test', `--config.file=${file}`, ...labels];
    return (await promisify(execFile)('amtool', args)).stdout.trim();
  }

  it('is sound', async () => {
    const { stdout } = await promisify(execFile)('amtool', ['check-config', committed]);

    expect(stdout).toContain('SUCCESS');
    expect(stdout).toContain('2 receivers');
  });

  it.each([
    ['about an environment', ['service=chest-xray-mlops', 'environment=green', 'severity=critical'], 'sluice,on-call'],
    ['that names no environment', ['service=report-writer', 'severity=critical'], 'sluice,on-call'],
    ['that is no reason to return', ['service=chest-xray-mlops', 'severity=warning'], 'on-call'],
    ['about what Sluice does not deploy', ['service=database', 'severity=critical'], 'on-call'],
    [
      'about Sluice itself',
      ['alertname=SluiceServiceFrozen', 'service=chest-xray-mlops', 'severity=critical'],
      'on-call',
    ],
  ])('an alert %s', async (_, labels, receivers) => {
    expect(await receiversOf(committed, ...labels)).toBe(receivers);
  });

  it('takes the severities of each service literally', async () => {
    const file = join(folder, 'alertmanager.yaml');
    const severities = `severities: ['page "now"', 'p\\1', sev.1]`;
    await writeFile(file, (await print(example.replace('severities: [critical]', severities))).out);
    const told = (severity: string) => receiversOf(file, 'service=chest-xray-mlops', `severity=${severity}`);

    expect(await told('sev.1')).toBe('sluice,on-call');
    expect(await told('"p\\\\1"')).toBe('sluice,on-call');
    expect(await told('sevx1')).toBe('on-call');
    expect(await told('critical')).toBe('on-call');
  });
});
