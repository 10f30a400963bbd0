import { beforeEach, describe, expect, it } from 'vitest';
import { operatorApi } from '../../pipeline/support/operator-api.ts';
import { createWorld, registerDeployment, type World } from '../../pipeline/support/world.ts';

const service = 'chest-xray-mlops';
const reason = 'because';
const version = 'v2.1.0';
const urgent = { service, version, type: 'hotfix', justification: reason };

/** What may be asked for, with the least role that it takes. */
const requests: readonly (readonly [string, object, 'deployer' | 'admin'])[] = [
  ['/api/deployments', { service, version }, 'deployer'],
  ['/api/deployments', urgent, 'admin'],
  ['/api/rollbacks', { service, version, reason }, 'deployer'],
  ['/api/rollbacks', { service, version: 'last-known-good', reason, emergency: true }, 'deployer'],
  ['/api/operations/none/abort', { reason }, 'deployer'],
  ['/api/operations/none/resume', { reason }, 'deployer'],
  ['/api/operations/none/override-window', { reason }, 'admin'],
  ['/api/operations/none/pause', { reason }, 'deployer'],
  ['/api/operations/none/promote', { reason, to: 'all' }, 'admin'],
  [`/api/services/${service}/traffic`, { from: 'blue', to: 'green', percentage: 5, reason }, 'deployer'],
  [`/api/services/${service}/health-check`, { environment: 'blue' }, 'deployer'],
  [`/api/services/${service}/freeze`, { reason }, 'deployer'],
  [`/api/services/${service}/holds`, { version, reason }, 'deployer'],
  [`/api/services/${service}/unfreeze`, { reason }, 'admin'],
  [`/api/services/${service}/holds/release`, { version, reason }, 'admin'],
  [`/api/services/${service}/unlock`, { reason }, 'admin'],
  [`/api/services/${service}/branches/green`, { kind: 'reset', head: 'a'.repeat(40), reason }, 'admin'],
];

describe('roles', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    for (const name of ['vera', 'dan', 'ada', 'nick']) {
      world.configuration.people.push({
        mail: `${name}@example.com`,
        mails: [`${name}@home.example`],
        github: [],
        signIn: [],
      });
    }
    Object.assign(world.configuration, {
      roles: { viewer: ['vera@example.com'], deployer: ['dan@home.example'], admin: ['ada@example.com'] },
    });
  });

  const refused = async (path: string, body: object, as: string) => {
    const api = operatorApi(world);
    const answer = await api.post(path, body, as);
    return answer.status === 403 ? (await api.errorOf(answer)).message : null;
  };

  it.each(requests)('%s %j takes a %s', async (path, body, role) => {
    expect(await refused(path, body, 'vera@example.com')).toContain(
      `needs the role ${role === 'admin' && body !== urgent ? 'admin' : 'deployer'}`,
    );
    expect(await refused(path, body, 'nick@example.com')).not.toBeNull();
    const byDeployer = await refused(path, body, 'dan@example.com');
    if (role === 'admin') expect(byDeployer).toContain('needs the role admin of sluice.yaml (ada@example.com)');
    else expect(byDeployer).toBeNull();
    expect(await refused(path, body, 'ada@example.com')).toBeNull();
  });

  it('are told with everybody who has one that is enough', async () => {
    const { get, errorOf } = operatorApi(world);

    const { message } = await errorOf(await get('/api/services', 'stranger@example.com'));
    expect(message).toContain('stranger@example.com is not among people of sluice.yaml');
    expect(message).toContain(
      'may not look: that needs the role viewer of sluice.yaml, or one above it (vera@example.com, dan@home.example, ada@example.com).',
    );
  });

  it('let viewers and approvers look, and nobody else', async () => {
    await registerDeployment(world, { name: 'deploy-1' });
    const { get } = operatorApi(world);

    const seen = async (as: string) => (await get('/api/services', as)).status;
    expect(await seen('vera@example.com')).toBe(200);
    // Of no role, and an approver.
    expect(await seen('mia@example.com')).toBe(200);
    expect(await seen('nick@example.com')).toBe(403);
    expect(await seen('stranger@example.com')).toBe(403);
  });

  it('leave everything to everybody of people where none are written, and looking to all who are known', async () => {
    Object.assign(world.configuration, { roles: null });

    for (const [path, body] of requests) expect(await refused(path, body, 'nick@example.com')).toBeNull();
    expect((await operatorApi(world).get('/api/services', 'stranger@example.com')).status).toBe(200);
  });
});
