import { readFile } from 'node:fs/promises';
import type { Mail, Mailer, MailOutcome } from '../../../../adapters/notice/mailer.ts';
import type { Page, Pager } from '../../../../adapters/notice/pager.ts';
import type { SecretPair, Secrets } from '../../../../adapters/secrets/secrets.ts';
import { openStore, type Store } from '../../../../adapters/store/store.ts';
import type { TableOptions } from '../../../../adapters/store/table.ts';
import type { SnsSignatures } from '../../../../adapters/topic/sns-signature.ts';
import type {
  ExecutionStart,
  ExecutionStatus,
  ListedExecution,
  Workflow,
} from '../../../../adapters/workflow/workflow.ts';
import type { Execution } from '../../../../contracts/commands.ts';
import type { Configuration } from '../../../../contracts/configuration/configuration.ts';
import { parseConfiguration } from '../../../../contracts/configuration/parse-configuration.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import type { Evidence } from '../../../../contracts/evidence.ts';
import { type Instant, instant, parseInstant } from '../../../../contracts/instant.ts';
import { approvalRecordSchema } from '../../../../contracts/records/approval.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import { identityOf, type Release } from '../../../../contracts/release.ts';
import type { PersonDeploymentTrigger, Trigger } from '../../../../contracts/trigger.ts';
import { subjectNow } from '../../../../pipeline/approval/approval-subject.ts';
import { approvalTerms } from '../../../../pipeline/approval/request-approval.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { editItem, freshTable, testSeals } from '../../../support/table.ts';

export const start = parseInstant('2026-11-23T15:00:00Z');
export const machines = {
  traffic: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-traffic',
  deployment: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-deployment',
  rollback: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-rollback',
};
export const digest = `sha256:${'ab'.repeat(32)}`;
export const commit = 'c0ffee'.padEnd(40, '0');

/** The machines the executions of which are operations. */
export const operationMachines = Object.values(machines);
export const standbyMachine = 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-standby';

/** The real store on a real (local) DynamoDB, and hand-written dependencies that remember what they were asked. */
export interface World {
  readonly configuration: Configuration;
  readonly service: ServiceConfiguration;
  readonly store: Store;
  /** Where the store keeps it all. */
  readonly table: TableOptions;
  readonly now: () => Instant;
  pass(milliseconds: number): void;
  readonly workflow: FakeWorkflow;
  readonly mailer: FakeMailer;
  readonly pager: FakePager;
  /** SNS has signed nothing here. */
  readonly signatures: SnsSignatures;
  /** Nobody has a token here. */
  readonly lookAtToken: () => Promise<'unknown'>;
  readonly log: (line: unknown) => void;
  readonly logged: unknown[];
  close(): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const table = await freshTable();
  const configuration = await readFixture();
  const [service] = configuration.services;
  if (service === undefined) throw new Error('the fixture has no service');
  let now: number = start;
  const logged: unknown[] = [];
  return {
    configuration,
    service,
    table,
    store: openStore(table, ({ key, problems }) => logged.push({ key, problems }), testSeals()),
    now: () => instant(now),
    signatures: { refusal: async () => 'SNS has signed nothing here', confirm: async () => undefined },
    lookAtToken: async () => 'unknown',
    pass: (milliseconds) => {
      now += milliseconds;
    },
    workflow: new FakeWorkflow(),
    mailer: new FakeMailer(),
    pager: new FakePager(),
    logged,
    log: (line) => logged.push(line),
    close: async () => undefined,
  };
}

let fixture: Configuration | undefined;

/** Each test has its own copy: some change it. Parsing it anew would be a twentieth of a test's time. */
export async function readFixture(): Promise<Configuration> {
  if (fixture === undefined) {
    const file = new URL('../../../fixtures/configuration/chest-xray.yaml', import.meta.url);
    const parsed = parseConfiguration(await readFile(file, 'utf8'));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    fixture = parsed.configuration;
  }
  return structuredClone(fixture);
}

export const executionOf = (name: string, startedAt: Instant = start): Execution => ({
  arn: `${machines.deployment.replace('stateMachine', 'execution')}:${name}`,
  name,
  startedAt: new Date(startedAt).toISOString(),
});

export const personTrigger = (world: World, actor = 'ana@example.com'): PersonDeploymentTrigger => ({
  kind: 'person',
  wants: 'deployment',
  service: world.service.name,
  version: 'v2.1.0',
  type: 'standard',
  justification: null,
  actor,
  at: start,
});

const evidence: Evidence = {
  gatheredAt: start,
  runUrl: 'https://github.com/example/chest-xray-mlops/actions/runs/7',
  runConclusion: 'success',
  commitOnBranch: true,
  workflow: 'ci.yml',
  actors: [],
  checks: [{ workflow: 'ci.yml', name: 'test', conclusion: 'success', url: null }],
  unfinished: [],
  staging: { state: 'success', url: null },
  model: null,
  image: null,
};

/** A release that was live and good before. */
export async function registerGood(
  world: World,
  { version, digest, model = null }: Pick<Release, 'version' | 'digest'> & Partial<Pick<Release, 'model'>>,
  succeededAt: Instant = start,
): Promise<void> {
  const built = {
    version,
    digest,
    commit,
    model,
    reversible: true,
    chart: null,
    author: 'dora',
  };
  const image = '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops';
  const run = { runId: 6, runAttempt: 1, committedAt: start };
  await world.store.releases.put(
    world.service.name,
    { service: world.service.name, image, ...built, ...run },
    evidence,
  );
  const marks = { succeededAt: new Date(succeededAt).toISOString() };
  await world.store.releases.mark(world.service.name, digest, marks);
}

/** A deployment of v2.1.0 that is about to ask for approvals; v2.0.0 is live on blue. */
export async function registerDeployment(
  world: World,
  options: { name: string; trigger?: Trigger; author?: string | null },
): Promise<{ execution: Execution; operation: OperationRecord }> {
  const { name, trigger = personTrigger(world, 'dev@example.com'), author = 'dora' } = options;
  const execution = executionOf(name);
  const release: Release = {
    service: world.service.name,
    version: 'v2.1.0',
    commit,
    image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops',
    digest,
    model: { name: 'chest-xray', metrics: { accuracy: 0.94 } },
    reversible: true,
    chart: null,
    runId: 7,
    runAttempt: 1,
    author,
    committedAt: start,
  };
  await world.store.releases.put(world.service.name, release, evidence);
  // The first one stays in the store; here the latest author does.
  const key = { pk: `RELEASE#${world.service.name}`, sk: `RELEASE#${digest}` };
  await editItem(world.table, key, 'release', release);
  await registerOperation(world, { execution, service: world.service, trigger, kind: 'deployment' });
  await world.store.operations.update(idOf(execution), {
    release: identityOf(release),
    live: { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' },
  });
  const operation = await world.store.operations.read(idOf(execution));
  if (operation === null) throw new Error('the operation was not registered');
  return { execution, operation };
}

/** Approves a registered deployment as its approvers do: what there is to decide on now. */
export async function approveAll(world: World, { id }: Pick<OperationRecord, 'id'>): Promise<void> {
  const operation = await world.store.operations.read(id);
  const found = operation && (await subjectNow(world.store, operation, world.service));
  if (!found) throw new Error('there is nothing to approve');
  const subject = found.hash;
  await world.store.subjects.put(id, subject, found.subject);
  const at = new Date(world.now()).toISOString();
  await world.store.approvals.create(
    approvalRecordSchema.parse({
      ...(await approvalTerms(world, operation, world.service)),
      operation: id,
      service: world.service.name,
      version: found.subject.release.version,
      requestedAt: at,
      expiresAt: new Date(world.now() + 24 * 3_600_000).toISOString(),
      subject,
      links: [],
      revision: 0,
    }),
  );
  const decided = { decision: 'approve', reason: null, at, via: 'signed-in', subject } as const;
  await world.store.approvals.change(id, (record) => ({
    ...record,
    decisions: ['ana@example.com', 'mia@example.com'].map((approver) => ({ ...decided, approver })),
  }));
}

/** Lets the release that was built count as one that cannot be taken back: CI says so before it is known, and nobody after that. */
export async function makeIrreversible({ table, store, service }: World): Promise<void> {
  const known = await store.releases.read(service.name, digest);
  const key = { pk: `RELEASE#${service.name}`, sk: `RELEASE#${digest}` };
  await editItem(table, key, 'release', { ...known?.release, reversible: false });
}

/** Executions by name, as Step Functions keeps them: a name starts once. */
export class FakeWorkflow implements Workflow {
  readonly started: ExecutionStart[] = [];
  readonly nudged: string[] = [];
  /** Makes starts with such a name fail as an unreachable service does. */
  unreachable: ((start: ExecutionStart) => boolean) | null = null;
  nudgesFail = false;
  #ended: { status: ExecutionStatus; output: string | null } = { status: 'RUNNING', output: null };

  /** How every execution stands from now on; at first they run. */
  ends({ status, output }: { status: ExecutionStatus; output: unknown }) {
    this.#ended = { status, output: output === null ? null : JSON.stringify(output) };
  }

  async start(wanted: ExecutionStart) {
    if (this.unreachable?.(wanted)) throw new DependencyUnavailable('Step Functions', `StartExecution: no answer`);
    const { stateMachineArn, name } = wanted;
    if (this.started.some((one) => one.name === name)) return { kind: 'already-exists' as const };
    this.started.push(wanted);
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    return { kind: 'started' as const, executionArn, startedAt: start };
  }
  async describe(executionArn: string) {
    const found = this.started.find(({ name }) => executionArn.endsWith(`:${name}`));
    if (found === undefined) return null;
    return {
      executionArn,
      stateMachineArn: found.stateMachineArn,
      name: found.name,
      status: this.#ended.status,
      startedAt: start,
      stoppedAt: null,
      input: JSON.stringify(found.input),
      output: this.#ended.output,
      error: null,
      cause: null,
    };
  }
  async list(): Promise<readonly ListedExecution[]> {
    return [];
  }
  async stop() {
    return 'stopped' as const;
  }
  async succeed(taskToken: string) {
    if (this.nudgesFail) throw new DependencyUnavailable('Step Functions', 'SendTaskSuccess: no answer');
    this.nudged.push(taskToken);
    return 'sent' as const;
  }
  async fail() {
    return 'sent' as const;
  }
}

export class FakeMailer implements Mailer {
  readonly sent: Mail[] = [];
  /** What happens to a mail to this address instead of being sent. */
  readonly trouble = new Map<string, 'rejected' | 'unreachable'>();

  async send(mail: Mail): Promise<MailOutcome> {
    const [to = ''] = mail.to;
    const trouble = this.trouble.get(to);
    if (trouble === 'rejected') return { kind: 'rejected', reason: 'MessageRejected: suppressed' };
    if (trouble === 'unreachable') throw new DependencyUnavailable('mail', `send to ${to}: no answer`);
    this.sent.push(mail);
    return { kind: 'sent', messageId: String(this.sent.length) };
  }
  /** Addresses in the order in which mails left. */
  get recipients(): string[] {
    return this.sent.flatMap(({ to }) => to);
  }
  /** The token of the newest link that was sent to this address. */
  tokenOf(address: string): string {
    const mail = this.sent.findLast(({ to }) => to.includes(address));
    const token = /\/approvals\/([\w-]+)/.exec(mail?.text ?? '')?.[1];
    if (token === undefined) throw new Error(`no link was sent to ${address}`);
    return token;
  }
}

export class FakePager implements Pager {
  readonly pages: Page[] = [];
  fails = false;
  async page(page: Page) {
    if (this.fails) throw new DependencyUnavailable('pager', 'POST: no answer');
    this.pages.push(page);
  }
}

export const fakeSecrets = (pair: SecretPair): Secrets => ({ get: async () => pair, forget: () => undefined });

/** An answer's JSON in the shape that the test is about to assert. */
export const readJson = async <Shape>(answer: Response | Promise<Response>): Promise<Shape> =>
  // what is not so fails the assertion that follows
  (await (await answer).json()) as Shape;
