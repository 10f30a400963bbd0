import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SecretName, secrets } from '../../cdk/constructs/sluice-secrets.ts';
import { minutes } from '../../contracts/duration.ts';
import * as act from '../../functions/act/deps.ts';
import { createApp as alertmanagerApp } from '../../functions/alertmanager-webhook/app.ts';
import * as alertmanager from '../../functions/alertmanager-webhook/deps.ts';
import { createApp as githubApp } from '../../functions/github-webhook/app.ts';
import * as githubWebhook from '../../functions/github-webhook/deps.ts';
import * as notify from '../../functions/notify/deps.ts';
import * as release from '../../functions/release/deps.ts';
import { packConfiguration } from '../../functions/runtime/read-configuration.ts';
import type { StandIn } from '../../sandbox/aws/listener.ts';
import { startSecretsManager } from '../../sandbox/aws/start-secrets-manager.ts';
import { json, type ScriptedServer, startScriptedServer } from '../contract/adapters/scripted-server.ts';
import { clientSettings } from '../contract/aws/client-settings.ts';
import { readFixture } from '../unit/pipeline/support/world.ts';

const nameOf = (secret: SecretName) => `sluice/${secrets[secret].name}`;

describe('while a secret changes', () => {
  let folder: string;
  let manager: StandIn;
  let github: ScriptedServer;
  let put: SecretsManagerClient;
  let environment: Record<string, string>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-rotation-'));
    const names = Object.keys(secrets) as SecretName[]; // a constant with exactly these keys
    manager = await startSecretsManager({
      port: 0,
      dataDir: folder,
      secrets: Object.fromEntries(names.map((secret) => [nameOf(secret), 'first'])),
    });
    put = new SecretsManagerClient(clientSettings(manager.endpoint));
    github = await startScriptedServer();
    github.answer(json({ message: 'not found' }, 404));
    const configuration = join(folder, 'sluice.json');
    const fixture = await readFixture();
    writeFileSync(configuration, packConfiguration({ ...fixture, github: { ...fixture.github, apiUrl: github.url } }));
    environment = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.endpoint,
      SLUICE_CONFIGURATION: configuration,
      SLUICE_TABLE: 'sluice',
      SLUICE_DEPLOYMENT_MACHINE: 'arn:deployment',
      SLUICE_ROLLBACK_MACHINE: 'arn:rollback',
      SLUICE_EVENT_BUS: 'sluice',
      ...Object.fromEntries(names.map((secret) => [secrets[secret].variable, nameOf(secret)])),
    };
  });
  afterAll(async () => {
    put.destroy();
    await Promise.all([manager.close(), github.close()]);
    rmSync(folder, { recursive: true });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  let passed = 0;
  /** Stores a value, and lets the time pass after which every function has read it. */
  const rotate = async (secret: SecretName, value: string) => {
    await put.send(new PutSecretValueCommand({ SecretId: nameOf(secret), SecretString: value }));
    vi.restoreAllMocks();
    passed += minutes(5);
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real() + passed);
  };
  /** Presents values to a function, in requests that start nothing, and resolves with the status of its answer. */
  const presenting = {
    githubWebhook: () => {
      const app = githubApp(githubWebhook.createDeps(environment));
      return async (value: string) => {
        const body = '{"zen":"Keep it logically awesome."}';
        const signature = `sha256=${createHmac('sha256', value).update(body).digest('hex')}`;
        const headers = { 'x-hub-signature-256': signature, 'x-github-event': 'ping' };
        return (await app.request('/webhooks/github', { method: 'POST', body, headers })).status;
      };
    },
    alertmanagerToken: () => {
      const app = alertmanagerApp(alertmanager.createDeps(environment));
      return async (value: string) => {
        const headers = { authorization: `Bearer ${value}` };
        const body = '{"version":"4","alerts":[]}';
        return (await app.request('/webhooks/alertmanager', { method: 'POST', body, headers })).status;
      };
    },
  };
  /** Reads something of GitHub, and resolves with the token that it saw. */
  const tokenOf = {
    release: () => {
      const { source } = release.createDeps(environment);
      return () => source.commit('example/chest-xray-mlops', 'c0ffee');
    },
    notify: () => {
      const { shownDeployments } = notify.createDeps(environment);
      const wanted = { repository: 'example/chest-xray-mlops', commit: 'c0ffee', operation: 'op', description: '' };
      return async () => (await shownDeployments?.open())?.createDeployment(wanted);
    },
    act: () => {
      const { branch } = act.createDeps(environment);
      return () => branch.readHead({ repository: 'example/chest-xray-mlops-deploy', branch: 'env/green' });
    },
  };

  it.each(['githubWebhook', 'alertmanagerToken'] as const)(
    '%s: the new value and the one before are accepted, and the one before that no more',
    async (secret) => {
      const presented = presenting[secret]();
      expect([await presented('first'), await presented('second')]).toEqual([202, 401]);

      await rotate(secret, 'second');
      expect([await presented('first'), await presented('second'), await presented('third')]).toEqual([202, 202, 401]);

      await rotate(secret, 'third');
      expect([await presented('first'), await presented('second'), await presented('third')]).toEqual([401, 202, 202]);
    },
  );

  it.each([
    ['githubReader', 'release'],
    ['githubToken', 'act'],
    ['githubDeployments', 'notify'],
  ] as const)('%s: %s presents the new one, so that the one before can be revoked', async (secret, name) => {
    const read = tokenOf[name]();
    const seen = async () => {
      await read().catch(() => undefined); // GitHub knows nothing
      return github.seen.at(-1)?.headers.authorization;
    };
    await rotate(secret, `old for ${name}`);
    expect(await seen()).toBe(`Bearer old for ${name}`);

    await rotate(secret, `new for ${name}`);

    expect(await seen()).toBe(`Bearer new for ${name}`);
  });

  it('covers every secret that there is', () => {
    expect([...Object.keys(presenting), 'githubReader', 'githubToken', 'githubDeployments'].sort()).toEqual(
      Object.keys(secrets).sort(),
    );
  });
});
