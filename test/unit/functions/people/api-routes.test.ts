import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeEach, describe, expect, it } from 'vitest';
import { openApiFile, openApiText } from '../../../../cli/build/openapi.ts';
import { type ApiRoute, apiRoutes } from '../../../../contracts/api/routes.ts';
import { allOn } from '../../../../contracts/names.ts';
import { createApp as createOperateApp } from '../../../../functions/api-operate/app.ts';
import { createApp as createReadApp } from '../../../../functions/api-read/app.ts';
import { createApp as createPlanApp } from '../../../../functions/plan/app.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { requestApproval } from '../../../../pipeline/approval/request-approval.ts';
import { fakeCluster } from '../../pipeline/support/fake-cluster.ts';
import { operatorApi } from '../../pipeline/support/operator-api.ts';
import { createWorld, registerDeployment, type World } from '../../pipeline/support/world.ts';

const routes = Object.entries(apiRoutes).map(([key, route]) => {
  const [method = '', path = ''] = key.split(' ');
  return { key, method, path, route };
});

let world: World;
let operation: string;
let execution: string;
beforeEach(async () => {
  world = await createWorld();
  const roles = { viewer: ['vera@example.com'], deployer: ['dana@example.com'], admin: ['ana@example.com'] };
  const [ana] = world.configuration.people;
  if (ana === undefined) throw new Error('the fixture has nobody');
  const known = world.configuration.people.map(({ mail }) => mail);
  const people = [
    ...world.configuration.people,
    ...['vera@example.com', 'dana@example.com', 'ana@example.com']
      .filter((mail) => !known.includes(mail))
      .map((mail) => ({ ...ana, mail, mails: [], github: [], signIn: [] })),
  ];
  world = { ...world, configuration: { ...world.configuration, people, roles } };
  const registered = await registerDeployment(world, { name: 'deploy-1' });
  await requestApproval({ ...world, pagers: () => new Map(), newToken: newLinkToken }, registered.execution);
  operation = registered.operation.id;
  execution = registered.execution.arn;
});

const api = () => operatorApi(world, { cluster: () => fakeCluster(allOn('blue')) });
const addressOf = (path: string) =>
  path
    .replace(':name', world.service.name)
    .replace(':environment', 'green')
    .replace(':id', operation)
    .replace(':execution', encodeURIComponent(execution));

describe('the description of the control API', () => {
  it('names every address that the functions answer, and no other', () => {
    const deps = operatorApi(world).deps;
    const apps = [createReadApp(deps), createOperateApp(deps), createPlanApp(deps as never)];
    const answered = apps
      .flatMap(({ routes: all }) => all)
      .filter(({ method, path }) => ['GET', 'POST'].includes(method) && path.startsWith('/api/') && !path.includes('*'))
      .map(({ method, path }) => `${method} ${path}`)
      // A browser's own, in the sandbox.
      .filter((key) => !key.endsWith('/api/session'));

    expect([...new Set(answered)].sort()).toEqual(routes.map(({ key }) => key).sort());
  });

  it('is valid OpenAPI 3.1, as somebody else judges it, and published', async () => {
    const text = openApiText();

    expect(await new Validator().validate(JSON.parse(text))).toEqual({ valid: true });
    expect(await readFile(openApiFile, 'utf8')).toBe(text);
    expect(new Set(routes.map(({ route }) => route.id)).size).toBe(routes.length);
  });

  // What a plan asks of GitHub is not in this world: test/unit/pipeline/release/plan-deployment.test.ts. Nor is a branch.
  const elsewhere = ['/api/services/:name/plan', '/api/services/:name/branches/:environment'];
  it.each(routes.filter(({ method, path }) => method === 'GET' && !elsewhere.includes(path)))(
    '$key is answered as it says',
    async ({ path, route }) => {
      const answer = await api().get(addressOf(path), 'vera@example.com');

      expect(answer.status).toBe(200);
      expect(route.answer.safeParse(await answer.json()).error).toBeUndefined();
    },
  );

  it.each(routes.filter(({ route }) => route.role === 'deployer' || route.role === 'admin'))(
    '$key needs the role that it says',
    async ({ path, route }) => {
      const below = route.role === 'admin' ? 'dana@example.com' : 'vera@example.com';
      const answer = await api().post(addressOf(path), bodyFor(route), below);
      const { name, message } = await api().errorOf(answer);

      expect([answer.status, name, message]).toEqual([
        403,
        'NotAllowed',
        expect.stringContaining(`needs the role ${route.role}`),
      ]);
    },
  );
});

/** A body that the route takes, made of what its schema says. */
function bodyFor({ body, id }: ApiRoute): object {
  const samples: object[] = [
    { reason: 'a test' },
    { version: 'v2.1.0', reason: 'a test' },
    { environment: 'green' },
    { kind: 'reset', head: 'a'.repeat(40), reason: 'a test' },
    { from: 'blue', to: 'green', percentage: 10, reason: 'a test' },
    { service: world.service.name, version: 'v2.1.0' },
    { service: world.service.name, version: 'v2.1.0', reason: 'a test' },
  ];
  const fitting = samples.find((sample) => body?.safeParse(sample).success);
  if (fitting === undefined) throw new Error(`no sample fits ${id}`);
  return fitting;
}
