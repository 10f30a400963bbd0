import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { apiErrorSchema } from '../../../../contracts/api/errors.ts';
import { milliseconds } from '../../../../contracts/duration.ts';
import { readConsoleFiles } from '../../../../functions/api-read/console-files.ts';
import { createGatewayIdentity } from '../../../../functions/people/identify-by-gateway.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { requestApproval } from '../../../../pipeline/approval/request-approval.ts';
import { fakeCluster } from '../../pipeline/support/fake-cluster.ts';
import { createWorld, machines, registerDeployment, type World } from '../../pipeline/support/world.ts';
import { answerEvents, type ControlDeps } from './control-api.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const issuer = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example';
const service = 'chest-xray-mlops';
const wanted = { service, version: 'v2.1.0' };

const startSchema = z.object({ trigger: z.object({ actor: z.string() }) });

/** An answer as API Gateway takes it. */
const answerSchema = z.object({
  statusCode: z.int(),
  body: z.string(),
  headers: z.record(z.string(), z.string()),
});

/** How each authoriser of API Gateway hands a caller on. */
type Way = 'sign-in' | 'aws' | 'github-job';

interface GatewayEvent {
  rawPath: string;
  body?: string;
  requestContext: {
    http: { method: string; path: string };
    authorizer?: { jwt?: { claims: Record<string, string | undefined> }; iam?: Record<string, string> };
  };
}

describe('the API behind API Gateway', () => {
  let world: World;
  let deps: ControlDeps;
  let nameClaim: string;
  beforeEach(async () => {
    world = await createWorld();
    nameClaim = 'email';
    deps = {
      ...world,
      identify: (asking) =>
        createGatewayIdentity({ signIn: { issuer, nameClaim }, configuration: world.configuration })(asking),
      sessions: null,
      signIn: {
        kind: 'openid',
        issuer,
        client: '6n0ma4cg5tq2h8example',
        authorize: 'https://sign-in.example.com/oauth2/authorize',
        token: 'https://sign-in.example.com/oauth2/token',
      },
      consoleFiles: readConsoleFiles(join(root, 'console')),
      commandLine: null,
      deploymentMachine: machines.deployment,
      rollbackMachine: machines.rollback,
      trafficMachine: machines.traffic,
      cluster: () => fakeCluster({ blue: 100, green: 0 }),
      auditBucket: null,
      prober: {
        probe: async () => ({ ok: false, reason: 'unused', duration: milliseconds(1) }),
      },
      pause: async () => undefined,
      newId: () => 'id',
    };
  });

  const eventOf = (way: Way): GatewayEvent =>
    JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'api-gateway', `${way}.json`), 'utf8'));
  const claimsOf = (event: GatewayEvent): Record<string, string | undefined> => {
    const claims = event.requestContext.authorizer?.jwt?.claims;
    if (claims === undefined) throw new Error('the fixture has no claims');
    return claims;
  };
  const send = async (event: GatewayEvent) => {
    const answer = await answerEvents(deps, event);
    const { statusCode: status, body, headers } = answerSchema.parse(answer);
    const document: unknown = /json/.test(headers['content-type'] ?? '') ? JSON.parse(body) : null;
    return { status, document, headers };
  };
  const refusal = async (event: GatewayEvent) => {
    const { status, document } = await send(event);
    return [status, apiErrorSchema.parse(document).error.message];
  };
  const post = (event: GatewayEvent, path: string, body: object): GatewayEvent => ({
    ...event,
    rawPath: event.rawPath.replace('/api/services', path),
    body: JSON.stringify(body),
    requestContext: { ...event.requestContext, http: { method: 'POST', path } },
  });
  const startedBy = () => world.workflow.started.map(({ input }) => startSchema.parse(input).trigger.actor);
  const request = async () => {
    const { execution, operation } = await registerDeployment(world, { name: 'wanted' });
    await requestApproval({ ...world, pagers: () => new Map(), newToken: newLinkToken }, execution);
    return operation.id;
  };

  it('hands out the command line as API Gateway sends bytes: in base64', async () => {
    const file = join(root, 'package.json');
    deps = { ...deps, commandLine: file };
    const path = '/download/sluice.tgz';
    const event = eventOf('sign-in');
    const { authorizer: _, ...requestContext } = event.requestContext;

    const answer = await answerEvents(deps, {
      ...event,
      rawPath: path,
      requestContext: { ...requestContext, http: { method: 'GET', path } },
    });

    expect(answer).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      body: readFileSync(file).toString('base64'),
    });
  });

  describe.each<Way>(['sign-in', 'aws', 'github-job'])('by %s', (way) => {
    it('shows services, and starts a deployment in the name of who asks', async () => {
      const seen = await send(eventOf(way));
      const started = await send(post(eventOf(way), '/api/deployments', wanted));

      expect([seen.status, started.status]).toEqual([200, 202]);
      expect(startedBy()).toEqual(['ana@example.com']);
    });

    it('shows everything to who is not in people, and lets them change nothing', async () => {
      world.configuration.people.splice(0);

      const seen = await send(eventOf(way));
      const [status, message] = await refusal(post(eventOf(way), '/api/deployments', wanted));

      expect(seen.status).toBe(200);
      expect([status, message]).toEqual([403, expect.stringContaining('is not among people of sluice.yaml')]);
      expect(world.workflow.started).toEqual([]);
    });

    it('believes no header about who asks', async () => {
      const event = post(eventOf(way), '/api/deployments', wanted);
      Object.assign(event, { headers: { 'x-sluice-user': 'cleo@example.com', authorization: 'Bearer api-token' } });

      await send(event);

      expect(startedBy()).toEqual(['ana@example.com']);
    });
  });

  it('knows nobody without an authoriser’s word, whatever a request says of itself', async () => {
    const event = eventOf('sign-in');
    delete event.requestContext.authorizer;

    expect(await refusal(event)).toEqual([401, 'The caller could not be authenticated.']);
  });

  describe('a person who signed in', () => {
    it.each([undefined, 'false'])('is nobody when the address was not verified (%s)', async (verified) => {
      const event = post(eventOf('sign-in'), '/api/deployments', wanted);
      claimsOf(event).email_verified = verified;

      expect(await refusal(event)).toEqual([401, expect.stringContaining('has not verified')]);
    });

    it('is nobody by the token of another issuer', async () => {
      const event = eventOf('sign-in');
      claimsOf(event).iss = 'https://login.elsewhere.test/';

      expect((await send(event)).status).toBe(401);
    });

    it('is known by another claim where that is configured, and then by signIn only', async () => {
      nameClaim = 'cognito:username';
      const [ana] = world.configuration.people;
      const event = post(eventOf('sign-in'), '/api/deployments', wanted);
      claimsOf(event)['cognito:username'] = 'ana';
      const asLogin = await send(event);
      if (ana !== undefined) ana.signIn = ['ana'];
      const asSignIn = await send(event);

      expect([asLogin.status, asSignIn.status]).toEqual([403, 202]);
    });

    it('approves, and that counts as signed in', async () => {
      const id = await request();

      const { status } = await send(
        post(eventOf('sign-in'), `/api/operations/${id}/decision`, {
          ...{ decision: 'approve', version: 'v2.1.0' },
          subject: (await world.store.approvals.read(id))?.subject,
        }),
      );

      expect(status).toBe(200);
      expect((await world.store.approvals.read(id))?.decisions).toMatchObject([
        { approver: 'ana@example.com', via: 'signed-in' },
      ]);
    });
  });

  describe('AWS keys', () => {
    it.each([
      [
        'a role whose sessions are named by their callers',
        'arn:aws:sts::123456789012:assumed-role/Admin/ana@example.com',
      ],
      [
        'a role that is called almost like one',
        'arn:aws:sts::123456789012:assumed-role/XAWSReservedSSO_A_0123456789abcdef/ana@example.com',
      ],
      ['a user', 'arn:aws:iam::123456789012:user/ana@example.com'],
      [
        'a user who is called like a session',
        'arn:aws:iam::123456789012:user/AWSReservedSSO_A_0123456789abcdef/ana@example.com',
      ],
      ['the root', 'arn:aws:iam::123456789012:root'],
    ])('of %s say nothing about who asks', async (_, userArn) => {
      const event = eventOf('aws');
      event.requestContext.authorizer = { iam: { ...event.requestContext.authorizer?.iam, userArn } };

      expect(await refusal(event)).toEqual([403, expect.stringContaining('IAM Identity Center')]);
    });

    it('of a session that is named by mail address are a person’s whose signIn is of another service', async () => {
      const [ana] = world.configuration.people;
      if (ana !== undefined) ana.signIn = ['5d1f8c1e-70a1-4c1b-9d7e-0e5b1f6a7c11'];

      await send(post(eventOf('aws'), '/api/deployments', wanted));

      expect(startedBy()).toEqual(['ana@example.com']);
    });

    it.each([
      ['arn:aws:sts::999999999999:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ana@example.com', '123456789012'],
      ['arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ana@example.com', '999999999999'],
    ])('of another account say nothing, in whichever field it stands (%s, %s)', async (userArn, accountId) => {
      const event = eventOf('aws');
      event.requestContext.authorizer = { iam: { ...event.requestContext.authorizer?.iam, userArn, accountId } };

      expect((await send(event)).status).toBe(403);
    });

    it('of another account say nothing either', async () => {
      const event = eventOf('aws');
      event.requestContext.authorizer = { iam: { ...event.requestContext.authorizer?.iam, accountId: '999999999999' } };

      expect((await send(event)).status).toBe(403);
    });
  });

  describe('a job of GitHub Actions', () => {
    const job = (changes: Record<string, string>): GatewayEvent => {
      const event = post(eventOf('github-job'), '/api/deployments', wanted);
      Object.assign(claimsOf(event), changes);
      return event;
    };

    it('is known by the issuer of the GitHub that is configured, and by no other', async () => {
      const jobIssuer = 'https://github.corp.example/_services/token';
      const claims = { iss: jobIssuer };

      const before = await send(job(claims));
      Object.assign(world.configuration, { github: { ...world.configuration.github, jobIssuer } });
      const own = await send(job(claims));
      const ofGitHubCom = await send(job({}));

      expect([before.status, own.status, ofGitHubCom.status]).toEqual([401, 202, 401]);
      expect(startedBy()).toEqual(['ana@example.com']);
    });

    it.each([
      [
        'of a repository of somebody else',
        { repository: 'mallory/chest-xray-mlops' },
        'is not the repository of any service',
      ],
      ['of a branch', { ref: 'refs/heads/attack' }, 'only runs of the branch main'],
      ['of a pull request', { ref: 'refs/pull/7/merge', event_name: 'pull_request' }, 'only runs of the branch main'],
      ['that a push started', { event_name: 'push' }, 'only runs that a person started'],
      ['of a repository that was registered anew by the same name', { repository_id: '666' }, 'with the id 666'],
      [
        'of another workflow file',
        {
          workflow_ref: 'example/chest-xray-mlops/.github/workflows/lint.yml@refs/heads/main',
          job_workflow_ref: 'example/chest-xray-mlops/.github/workflows/lint.yml@refs/heads/main',
        },
        'only jobs that are written in .github/workflows/production-deployment.yml',
      ],
      [
        'of a workflow of somebody else that the configured one calls',
        { job_workflow_ref: 'mallory/actions/.github/workflows/x.yml@refs/heads/main' },
        'mallory/actions',
      ],
      ['whose actor is a name that Unicode folds', { actor: '\u212Aira' }, 'is not among people'],
      ['that was repeated, nobody knows by whom', { run_attempt: '2' }, 'start the workflow again'],
    ])('%s is refused and told why', async (_, changes, why) => {
      expect(await refusal(job(changes))).toEqual([403, expect.stringContaining(why)]);
      expect(world.workflow.started).toEqual([]);
    });

    it('is its actor by the GitHub login alone: another’s sign-in name is not taken for it', async () => {
      const [ana] = world.configuration.people;
      if (ana !== undefined) Object.assign(ana, { github: ['ana-at-github'], signIn: ['mallory'] });

      expect(await refusal(job({ actor: 'mallory' }))).toEqual([403, expect.stringContaining('mallory is not among')]);
    });

    it('can start nothing for a service of another repository', async () => {
      const [first] = world.configuration.services;
      if (first === undefined) throw new Error('the fixture has no service');
      world.configuration.services.push({ ...first, name: 'report-writer', repository: 'example/report-writer' });

      const event = post(eventOf('github-job'), '/api/rollbacks', {
        service: 'report-writer',
        version: 'last-known-good',
        reason: 'a try',
      });

      expect(await refusal(event)).toEqual([403, expect.stringContaining(`only ${service} can be`)]);
      expect(world.workflow.started).toEqual([]);
    });

    it('sees no service and no operation of another repository', async () => {
      const id = await request();
      const first = world.service;
      world.configuration.services.splice(
        0,
        1,
        { ...first, name: 'report-writer' },
        { ...first, name: 'other', jobs: null },
      );
      const get = (path: string) => {
        const event = eventOf('github-job');
        return send({ ...event, rawPath: event.rawPath.replace('/api/services', path) });
      };

      expect((await get('/api/services')).document).toMatchObject({ services: [{ name: 'report-writer' }] });
      for (const path of [
        '/api/services/other',
        '/api/services/other/audit',
        `/api/operations/${id}`,
        `/api/operations/${id}/audit`,
        `/api/operations/${id}/readings`,
      ]) {
        expect([path, (await get(path)).status]).toEqual([path, 404]);
      }
      expect((await get('/api/operations')).document).toEqual({ operations: [], next: null });
      expect((await get('/api/audit')).document).toEqual({ entries: [], next: null });
      expect((await get('/api/metrics')).document).toMatchObject({
        services: [{ service: 'report-writer' }],
        all: { deployments: { began: 0 } },
      });
    });

    it('cannot approve, nor steer in any other way', async () => {
      const id = await request();

      const changes: [string, object][] = [
        [`/api/operations/${id}/decision`, { decision: 'approve', version: 'v2.1.0' }],
        [`/api/operations/${id}/abort`, { reason: 'no' }],
        [`/api/services/${service}/unlock`, { reason: 'no' }],
        [`/api/services/${service}/unfreeze`, { reason: 'no' }],
        [`/api/services/${service}/holds/release`, { version: 'v2.1.0', reason: 'no' }],
      ];
      for (const [path, body] of changes) {
        const [status, message] = await refusal(post(eventOf('github-job'), path, body));
        expect([path, status, message]).toEqual([path, 403, expect.stringContaining('the rest takes a person')]);
      }
      expect((await world.store.approvals.read(id))?.decisions).toEqual([]);
    });
  });

  describe('the console', () => {
    const page = (path: string): GatewayEvent => {
      const event = eventOf('sign-in');
      delete event.requestContext.authorizer;
      return { ...event, rawPath: path };
    };

    it('is for everybody, says how to sign in, and may speak with the sign-in service besides', async () => {
      const index = await send(page('/'));
      const way = await send(page('/console/sign-in.json'));

      expect(index.status).toBe(200);
      expect(index.headers['content-security-policy']).toContain("connect-src 'self' https://sign-in.example.com;");
      expect(way.document).toEqual(deps.signIn);
    });

    it('has no session of Sluice’s own there', async () => {
      const event = post(page('/api/services'), '/api/session', { token: 'api-token', user: 'ana@example.com' });

      expect((await send(event)).status).toBe(401);
    });
  });
});
