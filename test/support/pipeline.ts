import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import type { ApiOperation } from '../../contracts/api/operation.ts';
import type { SluiceEventType } from '../../contracts/events/sluice-event.ts';
import type { FaultChange } from '../../sandbox/app/faults.ts';
import type { DependencyName, DependencyState, faultSchema } from '../../sandbox/dependencies/faults.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import { trafficClient } from './traffic-client.ts';
import { patienceMs, until } from './until.ts';

const service = 'chest-xray-mlops';
const repository = 'example/chest-xray-mlops';
const deployRepository = 'example/chest-xray-mlops-deploy';

export interface Operation {
  id: string;
  kind: string;
  service: string;
  state: string;
  outcome: string | null;
  reason: string | null;
  endedAt: string | null;
  weights: { blue: number; green: number } | null;
  release: { version: string; digest?: string; chartTree?: string | null } | null;
  actor: string;
  origin: 'blue' | 'green' | null;
  target: 'blue' | 'green' | null;
  /** The operation that this one returns. */
  related: string | null;
  pausedBecause: string | null;
  timeline: { action: string; phase: string; actor: string; at: unknown; details: Record<string, unknown> }[];
  checks: { name: string; result: string; reason: string }[];
  approvals: {
    decisions: { approver: string; decision: string }[];
    missing: { role: string; from: string[] }[];
    excluded: string[];
    subject: NonNullable<ApiOperation['approvals']>['subject'];
  } | null;
}

export interface AlertLabels {
  pod?: string;
  environment?: string;
  service?: string;
  severity?: string;
}

export interface ServiceState {
  active: 'blue' | 'green';
  environments: Record<'blue' | 'green', { version: string | null; weight: number; ready: number }>;
  lock: { holder: string | null; epoch: number };
  holds: { version: string; reason: string }[];
  frozen: unknown;
  windows: { state: 'open' | 'closed'; text: string };
}

interface ToldEvent {
  bus: string;
  source: string;
  'detail-type': SluiceEventType;
  detail: {
    id: string;
    state?: string;
    outcome?: string;
    operation?: { id: string; release: { version: string } | null };
  };
}

interface Mail {
  id?: string;
  subject: string;
  destination: { to: string[] };
  body: { text: string; html: string };
}

/** Sluice cannot say it now, or has just started the operation. */
const isNotYet = async (answer: Response): Promise<boolean> =>
  answer.status === 503 || (answer.status === 404 && (await answer.clone().text()).includes('has not registered yet'));

/** What a person, GitHub and Alertmanager do to a running sandbox, by its public face. */
export function pipelineOf(sandbox: Pick<SandboxProcess, 'ready'>) {
  const ask = (path: string, init: RequestInit) => {
    const { ready } = sandbox;
    return fetch(`${ready.console}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${ready.secrets.apiToken}`,
        'x-sluice-user': 'ana@example.com',
        'content-type': 'application/json',
        ...init.headers,
      },
    });
  };
  const api = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const { method = 'GET' } = init;
    let answer = await ask(path, init);
    // "Not now", as on a machine that is busy with something else: who looks, looks again, as the console does.
    for (const end = Date.now() + patienceMs; method === 'GET' && (await isNotYet(answer)) && Date.now() < end; ) {
      await pause(500);
      answer = await ask(path, init);
    }
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    // The API's own answer, in the shape that DESIGN §7 gives it.
    return (await answer.json()) as T;
  };
  const github = async <T>(path: string, of: string = repository): Promise<T> => {
    const { github: base, secrets } = sandbox.ready;
    const answer = await fetch(`${base}/repos/${of}${path}`, {
      headers: { authorization: `Bearer ${secrets.githubToken}` },
    });
    if (!answer.ok) throw new Error(`GitHub answered ${path} with ${answer.status}`);
    // GitHub's shape.
    return (await answer.json()) as T;
  };

  /** An operation is known a moment after its start was accepted: its execution registers it. */
  const registered = (id: string) =>
    api<Operation>(`/api/operations/${id}`).catch((error: Error) => {
      if (error.message.includes('answered 404')) return null;
      throw error;
    });

  return {
    api,
    github,
    /** What Argo CD syncs from. */
    deployRepository,
    service: () => api<ServiceState>(`/api/services/${service}`),
    /** All of them: as many as the API lists at most, which is more than any test makes. */
    operations: async () => {
      const { operations } = await api<{ operations: Operation[] }>(`/api/operations?service=${service}&limit=100`);
      return operations;
    },
    operation: (id: string) => api<Operation>(`/api/operations/${id}`),
    /** What Sluice told others of an operation, oldest first. */
    async eventsOf(id: string) {
      const answer = await fetch(`${sandbox.ready.endpoints.events}/store`);
      const { events } = (await answer.json()) as { events: ToldEvent[] }; // the stand-in's own answer
      return events.filter(({ bus, detail }) => bus === 'sluice' && detail.operation?.id === id);
    },

    /** A real payload of @octokit/webhooks-examples (completed, success), adapted to the seeded run of `v2.1.0`. */
    async workflowRunPayload(): Promise<WorkflowRunPayload> {
      const commit = await github<{ sha: string }>('/commits/v2.1.0');
      const { workflow_runs } = await github<{ workflow_runs: { id: number; head_sha: string }[] }>(
        `/actions/runs?head_sha=${commit.sha}`,
      );
      const [run] = workflow_runs;
      if (!run) throw new Error('The sandbox has no run for v2.1.0.');
      const about = await github<{ id: number; full_name: string }>('');
      const payload = example();
      Object.assign(payload.workflow_run, {
        id: run.id,
        run_attempt: 1,
        event: 'push',
        head_branch: 'main',
        head_sha: commit.sha,
        path: '.github/workflows/ci.yml',
        conclusion: 'success',
      });
      Object.assign(payload.workflow, { path: '.github/workflows/ci.yml' });
      Object.assign(payload.repository, about);
      Object.assign(payload.workflow_run.repository, about);
      Object.assign(payload.workflow_run.head_repository, about);
      return payload;
    },

    /** Delivers a webhook as GitHub does. `signature` overrides the right one. */
    deliver(payload: unknown, signature?: string | null): Promise<Response> {
      const body = JSON.stringify(payload);
      const right = `sha256=${createHmac('sha256', sandbox.ready.secrets.githubWebhook).update(body).digest('hex')}`;
      const signed = signature === undefined ? right : signature;
      return fetch(sandbox.ready.githubWebhook, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'workflow_run',
          'x-github-delivery': randomUUID(),
          ...(signed === null ? {} : { 'x-hub-signature-256': signed }),
        },
        body,
      });
    },

    /** Sends a firing alert in the form in which Alertmanager 0.25 really sent one. */
    alert(labels: AlertLabels, status = 'firing', startsAt?: string) {
      return this.alerts([{ labels, status, ...(startsAt === undefined ? {} : { startsAt }) }]);
    },

    /** Sends several in one payload, as Alertmanager groups them. */
    alerts(wanted: readonly { labels: AlertLabels; status?: string; startsAt?: string; fingerprint?: string }[]) {
      const alert = JSON.parse(
        readFileSync(join(import.meta.dirname, '..', 'fixtures', 'alertmanager-0.25-firing.json'), 'utf8'),
      ).body;
      const [captured] = alert.alerts;
      alert.status = wanted.every(({ status }) => status === 'resolved') ? 'resolved' : 'firing';
      alert.alerts = wanted.map(({ labels, ...more }) => ({
        ...captured,
        status: 'firing',
        ...more,
        labels: { ...captured.labels, service, severity: 'critical', ...labels },
      }));
      return fetch(sandbox.ready.alertmanagerWebhook, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${sandbox.ready.secrets.alertmanagerToken}`,
        },
        body: JSON.stringify(alert),
      });
    },

    async mails(): Promise<Mail[]> {
      const answer = await fetch(`${sandbox.ready.mail}/store`);
      // aws-ses-v2-local's own answer.
      return ((await answer.json()) as { emails: Mail[] }).emails;
    },

    /** The newest approval link that each approver was sent about a version, or about one operation of it. */
    async approvalLinks(version: string, operation = ''): Promise<Map<string, string>> {
      const links = new Map<string, string>();
      for (const mail of await this.mails()) {
        const link = /https?:\/\/\S+\/approvals\/[\w-]+/.exec(mail.body.text)?.[0];
        const [to] = mail.destination.to;
        if (link && to && mail.subject.endsWith(` ${version}`) && mail.body.text.includes(operation))
          links.set(to, link);
      }
      return links;
    },

    /** As above, once all of these approvers have one. */
    linksOf(version: string, approvers: readonly string[], operation = ''): Promise<Map<string, string>> {
      return until('every approver has a link', patienceMs, async () => {
        const found = await this.approvalLinks(version, operation);
        return approvers.every((approver) => found.has(approver)) ? found : null;
      });
    },

    decide(link: string, form: Record<string, string>): Promise<Response> {
      // After a restart on other ports only the path of an old link is still right.
      const here = `${sandbox.ready.console}${new URL(link).pathname}`;
      return fetch(here, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
    },

    /** Approves as everybody who was asked. */
    async approveAll(version: string, operation = '') {
      const approvers = ['ana@example.com', 'cleo@example.com'];
      const links = await this.linksOf(version, approvers, operation);
      for (const approver of approvers) {
        const answer = await this.decide(links.get(approver) ?? '', { decision: 'approve', version, reason: '' });
        if (answer.status !== 200)
          throw new Error(`Approving as ${approver} answered ${answer.status}: ${await answer.text()}`);
      }
    },

    /** Approves by the API what the operation shows now. */
    async approveSignedIn(id: string, version: string, user: string) {
      const { approvals } = await this.operation(id);
      const decision = { decision: 'approve', version, subject: approvals?.subject?.hash };
      return this.post(`/api/operations/${id}/decision`, decision, user);
    },

    /** The first operation, once there is one. */
    firstOperation: (withinMs = patienceMs) =>
      until('there is an operation', withinMs, async () => (await pipelineOf(sandbox).operations()).at(-1)),

    inState: (id: string, state: string, withinMs = patienceMs) =>
      until(`operation ${id} is ${state}`, withinMs, async () => {
        const operation = await registered(id);
        if (operation === null) return null;
        if (operation.outcome !== null && state !== 'ended')
          throw new Error(`It ended: ${JSON.stringify(operation, null, 1).slice(0, 3000)}`);
        return operation.state === state ? operation : null;
      }),

    ended: (id: string, withinMs = patienceMs) =>
      until(`operation ${id} has ended`, withinMs, async () => {
        const operation = await registered(id);
        return operation?.outcome == null ? null : operation;
      }),

    /** An outcome is written a moment before the lock is free. */
    lockFree: () =>
      until('the lock is free', patienceMs, async () => {
        const { lock } = await api<ServiceState>(`/api/services/${service}`);
        return lock.holder === null;
      }),

    /**
     * Ends what is at work and takes back what holds, freezes or spoils something: a test that begins with this does not depend on what
     * another one left, even if that failed half-way.
     */
    async toRest() {
      await this.heal();
      for (const { version, service: of } of await api<FaultChange[]>('/api/sandbox/faults')) {
        await this.fault({ version, service: of, errorRate: 0, latencyMs: 0, unhealthy: false, crashing: false });
      }
      const told = new Set<string>();
      await until('nothing is at work', patienceMs, async () => {
        const open = (await this.operations()).filter(({ outcome }) => outcome === null);
        // A rollback that returns traffic ends by itself; aborted, it would freeze the service.
        const waits = ({ kind, state }: Operation) => kind !== 'rollback' || state.startsWith('awaiting-');
        for (const { id } of open.filter((one) => waits(one) && !told.has(one.id))) {
          told.add(id);
          await this.post(`/api/operations/${id}/abort`, { reason: 'the next test' });
        }
        return open.length === 0;
      });
      await this.lockFree();
      const { frozen, holds } = await this.service();
      const path = `/api/services/${service}`;
      if (frozen !== null) await this.post(`${path}/unfreeze`, { reason: 'the next test' });
      for (const { version } of holds) {
        await this.post(`${path}/holds/release`, { version, reason: 'the next test' });
      }
    },

    /** It has its outcome, and nothing is at work any more. */
    async settled(id: string) {
      const operation = await this.ended(id);
      await this.lockFree();
      return operation;
    },

    /** Waits for its end; where it is another than this, the operation's own reason is what fails the test. */
    async endsAs(id: string, outcome: string) {
      const operation = await this.ended(id);
      if (operation.outcome !== outcome)
        throw new Error(`${id} ended as ${operation.outcome}, not as ${outcome}: ${operation.reason}`);
      return operation;
    },
    async settlesAs(id: string, outcome: string) {
      const operation = await this.endsAs(id, outcome);
      await this.lockFree();
      return operation;
    },

    /**
     * The rollbacks that returned traffic, once all have ended. On a slow machine the operation that is returned may notice by itself, and
     * start another: that one finds the first at work, changes nothing and ends as superseded.
     */
    async returns(withinMs = patienceMs): Promise<Operation[]> {
      const rollbacks = await until('every rollback has ended', withinMs, async () => {
        const found = (await this.operations()).filter(({ kind }) => kind === 'rollback');
        return found.length > 0 && found.every(({ outcome }) => outcome !== null) ? found : null;
      });
      return rollbacks.filter(({ outcome }) => outcome !== 'superseded');
    },

    /** The live weights, once `environment` has at least `weight`. */
    weightReached: (environment: 'blue' | 'green', weight: number, withinMs = patienceMs) =>
      until(`${environment} has ${weight} %`, withinMs, async () => {
        const state = await api<ServiceState>(`/api/services/${service}`);
        return state.environments[environment].weight >= weight ? state : null;
      }),

    /** Sends a JSON body as `user` and answers whatever came: for requests that are to be refused. */
    async post(path: string, body: unknown, user = 'ana@example.com') {
      const { ready } = sandbox;
      const answer = await fetch(`${ready.console}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${ready.secrets.apiToken}`,
          'x-sluice-user': user,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      });
      // The API's own answer; a refusal has `error`.
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },

    /** Has CI build a version and starts its deployment, as GitHub's webhook does, with every approval. */
    async begin(version: string): Promise<string> {
      const { workflowRunPayload } = await this.release(version);
      const answer = await this.deliver(workflowRunPayload);
      const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
      await this.approveAll(version);
      return operation;
    },

    /** Brings a version that CI has built to all the traffic. */
    async deploy(version: string) {
      const { operation } = await api<{ operation: string }>('/api/deployments', {
        method: 'POST',
        headers: { 'x-sluice-user': 'dana@example.com' },
        body: JSON.stringify({ service, version }),
      });
      await pipelineOf(sandbox).approveAll(version, operation);
      return pipelineOf(sandbox).settled(operation);
    },

    /** What the on-call was paged about. */
    pages: () => api<{ at: string; page: unknown }[]>('/api/sandbox/pages'),
    load: () => api<{ sent: number; failed: number; lastFailures: string[] } | null>('/api/sandbox/load'),
    traffic: () => api<Record<string, Record<string, number>>>('/api/sandbox/traffic'),
    fault: (fault: FaultChange) => api<unknown>('/api/sandbox/faults', { method: 'POST', body: JSON.stringify(fault) }),
    /** Gives a dependency of Sluice a fault; see sandbox/dependencies. */
    dependency: (fault: DependencyFault) =>
      api<{ dependencies: DependencyState[] }>('/api/sandbox/dependencies', {
        method: 'POST',
        body: JSON.stringify(fault),
      }),
    dependencies: async () =>
      (await api<{ dependencies: DependencyState[] }>('/api/sandbox/dependencies')).dependencies,
    /** Takes the fault of one back, or of all. */
    heal: (dependency?: DependencyName) =>
      dependency === undefined
        ? api<unknown>('/api/sandbox/dependencies', { method: 'DELETE' })
        : api<unknown>('/api/sandbox/dependencies', {
            method: 'POST',
            body: JSON.stringify({ dependency, fault: 'none' }),
          }),
    release: (
      version: string,
      more: { author?: { login: string; mail?: string }; reversible?: boolean; branch?: string; from?: string } = {},
    ) =>
      api<{ workflowRunPayload: WorkflowRunPayload; digest: string }>('/api/sandbox/releases', {
        method: 'POST',
        body: JSON.stringify({ version, ...more }),
      }),

    /** How `count` requests through the router are answered: shares by environment in percent, and failures. */
    async split(count: number): Promise<{ blue: number; green: number; failed: number }> {
      const answers = { blue: 0, green: 0, failed: 0 };
      const { traffic, host } = sandbox.ready;
      const ask = trafficClient(traffic, host);
      const workers = 8;
      await Promise.all(
        Array.from({ length: workers }, async (_, worker) => {
          for (let i = worker; i < count; i += workers) {
            const { status, environment } = await ask();
            if (status >= 500) answers.failed += 1;
            else if (environment === 'blue' || environment === 'green') answers[environment] += 1;
          }
        }),
      );
      return { blue: (answers.blue / count) * 100, green: (answers.green / count) * 100, failed: answers.failed };
    },
  };
}

type DependencyFault = z.input<typeof faultSchema> | { dependency: DependencyName; fault: 'none' };

export type Pipeline = ReturnType<typeof pipelineOf>;

export interface WorkflowRunPayload {
  workflow_run: Record<string, unknown> & { repository: object; head_repository: object };
  workflow: object;
  repository: object;
}

function example(): WorkflowRunPayload {
  const require = createRequire(import.meta.url);
  // The package's own index of GitHub's documented payloads.
  const all = require('@octokit/webhooks-examples') as { name: string; examples: unknown[] }[];
  const examples = all.find(({ name }) => name === 'workflow_run')?.examples ?? [];
  const found = examples.find((payload) => {
    const { action, workflow_run } = payload as { action: string; workflow_run: { conclusion: string } }; // as documented
    return action === 'completed' && workflow_run.conclusion === 'success';
  });
  if (found === undefined) throw new Error('@octokit/webhooks-examples has no completed, successful workflow_run.');
  return structuredClone(found) as WorkflowRunPayload; // as documented
}
