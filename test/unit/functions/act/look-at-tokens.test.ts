import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createDeps } from '../../../../functions/act/deps.ts';
import { packConfiguration } from '../../../../functions/runtime/read-configuration.ts';
import { json, type ScriptedServer, startScriptedServer } from '../../../contract/adapters/scripted-server.ts';
import { readFixture } from '../../pipeline/support/world.ts';

let folder: string;
let manager: ScriptedServer;
let github: ScriptedServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-tokens-'));
  manager = await startScriptedServer();
  // A secret's value is its name.
  manager.answer((request, response) => json({ SecretString: JSON.parse(request.body).SecretId })(request, response));
  github = await startScriptedServer();
  // GitHub takes the token that writes branches, and the other one no more.
  github.answer((request, response) =>
    json({}, request.headers.authorization === 'Bearer writes' ? 200 : 401)(request, response),
  );
});
afterAll(async () => {
  await Promise.all([manager.close(), github.close()]);
  rmSync(folder, { recursive: true });
});

async function look(shows: boolean) {
  const fixture = await readFixture();
  const services = fixture.services.map((service) => ({
    ...service,
    approvals: { ...service.approvals, environment: shows ? 'production-approval' : null },
  }));
  const configuration = join(folder, 'sluice.json');
  writeFileSync(
    configuration,
    packConfiguration({ ...fixture, services, github: { ...fixture.github, apiUrl: github.url } }),
  );
  const { lookAtToken } = createDeps({
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
    SLUICE_CONFIGURATION: configuration,
    SLUICE_TABLE: 'sluice',
    SLUICE_EVENT_BUS: 'sluice',
    SLUICE_GITHUB_TOKEN_SECRET: 'writes',
    ...(shows ? { SLUICE_GITHUB_DEPLOYMENTS_TOKEN_SECRET: 'shows' } : {}),
  });
  const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const found = await lookAtToken();
    const lines = output.mock.calls.map(([line]) => JSON.parse(String(line)));
    return { found, seen: lines.map(({ ExpiringTokens, seen }) => [seen.token, ExpiringTokens]).sort() };
  } finally {
    output.mockRestore();
  }
}

it('looks at the token that shows deployments as well, where there is one', async () => {
  expect(await look(false)).toEqual({ found: 'lasts', seen: [['github-token', 0]] });

  expect(await look(true)).toEqual({
    found: 'ends-soon',
    seen: [
      ['github-deployments-token', 1],
      ['github-token', 0],
    ],
  });
  // It sees the services' repositories, and no deploy repository.
  expect(github.seen.map(({ path }) => path)).toContain('/repos/example/chest-xray-mlops');
});
