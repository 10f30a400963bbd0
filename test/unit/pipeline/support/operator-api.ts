import { auditSchema } from '../../../../contracts/api/audit.ts';
import { apiErrorSchema } from '../../../../contracts/api/errors.ts';
import { hours } from '../../../../contracts/duration.ts';
import { allOn } from '../../../../contracts/names.ts';
import { createTokenHeaderIdentity } from '../../../../functions/people/identify.ts';
import { createSessions } from '../../../../functions/people/sessions.ts';
import { type ControlDeps, createControlApi } from '../../functions/people/control-api.ts';
import { fakeCluster } from './fake-cluster.ts';
import { fakeSecrets, machines, type World } from './world.ts';

/** The API on a world, as people of sluice.yaml ask it. */
export function operatorApi(world: World, changes: Partial<ControlDeps> = {}) {
  const secret = { current: 'api-token', previous: null };
  const deps: ControlDeps = {
    ...world,
    identify: createTokenHeaderIdentity({
      secrets: fakeSecrets(secret),
      secretName: 'api',
      people: world.configuration.people,
    }),
    sessions: createSessions({ apiToken: async () => secret, now: world.now }),
    signIn: { kind: 'token' },
    consoleFiles: new Map(),
    commandLine: null,
    deploymentMachine: machines.deployment,
    rollbackMachine: machines.rollback,
    trafficMachine: machines.traffic,
    cluster: () => fakeCluster(allOn('blue')),
    auditBucket: null,
    prober: { probe: async () => ({ ok: false, reason: 'nobody asks', duration: hours(0) }) },
    pause: async () => undefined,
    newId: () => 'id',
    ...changes,
  };
  const headers = (as: string) => ({ authorization: 'Bearer api-token', 'x-sluice-user': as });
  const post = async (path: string, body: object, as = 'ana@example.com') =>
    createControlApi(deps).request(path, { method: 'POST', headers: headers(as), body: JSON.stringify(body) });
  const get = async (path: string, as = 'ana@example.com') =>
    createControlApi(deps).request(path, { headers: headers(as) });
  return {
    deps,
    post,
    get,
    errorOf: async (answer: Response) => apiErrorSchema.parse(await answer.json()).error,
    /** What people did to the service, as `action phase`. */
    serviceAudit: async () =>
      auditSchema
        .parse(await (await get(`/api/services/${world.service.name}/audit`)).json())
        .entries.map(({ action, phase }) => `${action} ${phase}`),
  };
}
