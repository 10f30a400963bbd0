import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { hours } from '../../../contracts/duration.ts';
import { allOn } from '../../../contracts/names.ts';
import { createApp as createAlertmanager } from '../../../functions/alertmanager-webhook/app.ts';
import { createApp as createApprovals } from '../../../functions/approvals/app.ts';
import { createApp as createGitHub } from '../../../functions/github-webhook/app.ts';
import { createTokenHeaderIdentity } from '../../../functions/people/identify.ts';
import { createSessions } from '../../../functions/people/sessions.ts';
import { newLinkToken } from '../../../pipeline/approval/link-token.ts';
import { requestApproval } from '../../../pipeline/approval/request-approval.ts';
import { idOf } from '../../../pipeline/operation/operation-context.ts';
import { type Credentials, fuzzRequests } from '../../fuzz/requests.ts';
import { fakeCluster } from '../pipeline/support/fake-cluster.ts';
import { workflowRun } from '../pipeline/support/workflow-run.ts';
import { createWorld, fakeSecrets, machines, registerDeployment, type World } from '../pipeline/support/world.ts';
import { createControlApi } from './people/control-api.ts';

const seed = 20_261_128;
const secrets = { github: 'github-secret', alertmanagerToken: 'alertmanager-token', apiToken: 'api-token' };
let world: World;
let operation: string;
beforeEach(async () => {
  world = await createWorld();
  const { execution } = await registerDeployment(world, { name: 'deploy-1' });
  operation = idOf(execution);
  await requestApproval({ ...world, pagers: () => new Map(), newToken: newLinkToken }, execution);
});

/** Sends so many requests to the functions' apps; what was answered, by status, and what was answered with 5xx. */
async function send(count: number, credentials: Credentials) {
  const secretOf = (current: string) => ({ secrets: fakeSecrets({ current, previous: null }), secretName: 'x' });
  const apiSecret = { current: secrets.apiToken, previous: null };
  const github = createGitHub({ ...world, ...secretOf(secrets.github), deploymentMachine: machines.deployment });
  const alertmanager = createAlertmanager({
    ...{ ...world, ...secretOf(secrets.alertmanagerToken) },
    rollbackMachine: machines.rollback,
  });
  const approvals = createApprovals(world);
  const api = createControlApi({
    ...{ ...world, people: world.configuration.people },
    identify: createTokenHeaderIdentity({ ...secretOf(secrets.apiToken), people: world.configuration.people }),
    sessions: createSessions({ apiToken: async () => apiSecret, now: world.now }),
    ...{ signIn: { kind: 'token' }, consoleFiles: new Map(), commandLine: null, auditBucket: null },
    ...{ deploymentMachine: machines.deployment, rollbackMachine: machines.rollback, trafficMachine: machines.traffic },
    cluster: () => fakeCluster(allOn('blue')),
    prober: { probe: async () => ({ ok: false, reason: 'nobody asks', duration: hours(0) }) },
    pause: async () => undefined,
    newId: () => crypto.randomUUID(),
  });
  const appOf = (path: string) => {
    if (path.startsWith('/webhooks/github')) return github;
    if (path.startsWith('/webhooks')) return alertmanager;
    return path.startsWith('/approvals') ? approvals : api;
  };
  const { alertmanagerToken, apiToken } = secrets;
  const link = world.mailer.tokenOf('ana@example.com');
  const known = new Map(Object.entries({ alertmanagerToken, apiToken, operation, link, version: 'v2.1.0' }));
  const fill = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => known.get(name) ?? whole);
  const make = fuzzRequests(seed, { run: workflowRun() });

  const counts: Record<number, number> = {};
  const faults: unknown[] = [];
  for (let index = 0; index < count; index++) {
    const request = make(index, credentials);
    const body = request.body === null ? null : Buffer.from(fill(request.body.toString('latin1')), 'latin1');
    const text = typeof request.body === 'string' ? Buffer.from(fill(request.body)) : body;
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, fill(value));
    if (request.signed !== null) {
      const secret = request.signed === 'secret' ? secrets.github : 'another';
      headers.set(
        'x-hub-signature-256',
        `sha256=${createHmac('sha256', secret)
          .update(text ?? '')
          .digest('hex')}`,
      );
    }
    const path = fill(request.path);
    const answer = await appOf(path).request(`http://sluice.example${path}`, {
      ...{ method: request.method, headers },
      ...(text === null ? {} : { body: new Uint8Array(text) }),
    });
    counts[answer.status] = (counts[answer.status] ?? 0) + 1;
    if (answer.status >= 500) faults.push({ index, path, status: answer.status, answer: await answer.text() });
  }
  return { counts, faults };
}

/** All that an effect would show in. */
const state = async () => ({
  operations: await world.store.operations.list(world.service.name, 100),
  approval: await world.store.approvals.read(operation),
  audit: await world.store.audit.list(operation),
  holds: await world.store.releases.holds(world.service.name),
  frozen: await world.store.releases.frozen(world.service.name),
  lock: await world.store.locks.read(world.service.name),
  started: world.workflow.started.length,
  nudged: world.workflow.nudged.length,
  sent: world.mailer.sent.length,
});

describe('random requests made of real payloads', () => {
  it('without credentials have no effect, and none is answered with 5xx', async () => {
    const before = await state();

    const { counts, faults } = await send(2_000, 'none');

    expect(faults).toEqual([]);
    expect(await state()).toEqual(before);
    expect(Object.keys(counts)).toEqual(expect.arrayContaining(['401', '404']));
  }, 300_000);

  it('with valid credentials none is answered with 5xx, and some are understood', async () => {
    const { counts, faults } = await send(1_500, 'valid');

    expect(faults).toEqual([]);
    for (const status of [200, 202, 400, 404]) expect(counts[status]).toBeGreaterThan(0);
  }, 300_000);

  it('are the same for a seed', () => {
    const [one, other, another] = [seed, seed, seed + 1].map((from) =>
      fuzzRequests(from, { run: null })(4_711, 'valid'),
    );

    expect(one).toEqual(other);
    expect(another).not.toEqual(one);
  }, 300_000);
});
