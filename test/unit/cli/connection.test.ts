import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandNames } from '../../support/commands.ts';
import { type FakeSluice, runSluice, serviceOf, startFakeSluice } from './support.ts';

let sluice: FakeSluice;
beforeEach(async () => {
  sluice = await startFakeSluice();
  sluice.answers.set('GET /api/services', { body: { services: [serviceOf()] } });
});
afterEach(() => sluice.close());

const readyFile = (apiToken = 'of-the-file') =>
  JSON.stringify({
    console: sluice.url,
    operator: 'dana@example.com',
    githubWebhook: `${sluice.url}/webhooks/github`,
    alertmanagerWebhook: `${sluice.url}/webhooks/alertmanager`,
    github: sluice.url,
    kubeconfig: '/data/kubeconfig',
    endpoints: { s3: sluice.url },
    secrets: { githubWebhook: 's1', alertmanagerToken: 's2', apiToken, githubToken: 's3' },
  });
const tokens = () => sluice.asked.map(({ headers }) => headers.authorization);

describe('where Sluice is and who asks', () => {
  it('a ready file in its usual place is enough', async () => {
    const { exitCode } = await runSluice(['status'], { files: { '.sluice/ready.json': readyFile() } });

    expect(exitCode).toBe(0);
    expect(tokens()).toEqual(['Bearer of-the-file']);
  });

  it('in a sandbox whoever started it, unless a flag or a variable says somebody else', async () => {
    const files = { '.sluice/ready.json': readyFile() };

    await runSluice(['status'], { files });
    await runSluice(['status'], { files, env: { SLUICE_USER: 'ben' } });
    await runSluice(['status', '--as', 'cleo'], { files, env: { SLUICE_USER: 'ben' } });

    expect(sluice.asked.map(({ headers }) => headers['x-sluice-user'])).toEqual(['dana@example.com', 'ben', 'cleo']);
  });

  it('the operator of a sandbox asks nobody else', async () => {
    const files = { '.sluice/ready.json': readyFile() };

    await runSluice(['status', '--url', sluice.url, '--token', 'of-the-flag'], { files });

    expect(sluice.asked[0]?.headers['x-sluice-user']).toBeUndefined();
  });

  it('flags win over variables', async () => {
    const env = { SLUICE_URL: 'http://127.0.0.1:9', SLUICE_TOKEN: 'of-the-variable', SLUICE_USER: 'ana' };

    await runSluice(['status', '--url', `${sluice.url}/`, '--token', 'of-the-flag', '--as', 'ben'], { env });

    expect(sluice.asked[0]).toMatchObject({
      path: '/api/services',
      headers: { authorization: 'Bearer of-the-flag', 'x-sluice-user': 'ben' },
    });
  });

  it('the token of a ready file is never sent to another address', async () => {
    const files = { '.sluice/ready.json': readyFile() };

    const { exitCode } = await runSluice(['status', '--url', sluice.url], { files });

    expect(exitCode).toBe(2);
    expect(sluice.asked).toEqual([]);
  });

  it.each([
    ['nothing is known', {}, {}],
    ['the ready file that was named is not there', { SLUICE_READY_FILE: 'gone.json' }, {}],
    ['the ready file is none', {}, { '.sluice/ready.json': '{"secrets":{"apiToken":"top-secret"}}' }],
    ['the address is none', { SLUICE_URL: 'sluice', SLUICE_TOKEN: 'top-secret' }, {}],
    ['the address has a password', { SLUICE_URL: 'http://ana:top-secret@127.0.0.1', SLUICE_TOKEN: 'x' }, {}],
  ])('%s: usage, without a secret in the message', async (_what, env, files) => {
    const { exitCode, err } = await runSluice(['status'], { env, files });

    expect(exitCode).toBe(2);
    expect(err).not.toContain('top-secret');
  });
});

it('--help of each command has an example that the command line takes', async () => {
  const names = commandNames();
  const isGroup = (name: string) => names.some((other) => other.startsWith(`${name} `));

  expect(names).toContain('break-glass');
  for (const name of names.filter((one) => !isGroup(one))) {
    const words = name.split(' ');
    const help = await runSluice([...words, '--help']);
    expect(help.exitCode).toBe(0);
    const [, example = ''] = /\$ sluice (.*)/.exec(help.out) ?? [];
    expect(example).toMatch(new RegExp(`^${name}\\b`));
  }
});
