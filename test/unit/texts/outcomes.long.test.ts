import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { describeChanges, operationLines, operationTable } from '../../../cli/output/operation-lines.ts';
import { serviceLines } from '../../../cli/output/service-lines.ts';
import { toldLines } from '../../../cli/output/told-lines.ts';
import { waitingLines } from '../../../cli/output/waiting-lines.ts';
import { headlineOf } from '../../../console/headline.ts';
import { stepsOf } from '../../../console/timeline.ts';
import { operationName, outcomeWords } from '../../../console/words.ts';
import { deliveryListSchema } from '../../../contracts/api/deliveries.ts';
import { operationListSchema, operationSchema } from '../../../contracts/api/operation.ts';
import { actionAnswerSchema } from '../../../contracts/api/operator-actions.ts';
import { overviewSchema } from '../../../contracts/api/overview.ts';
import { minutes } from '../../../contracts/duration.ts';
import { formatInstant } from '../../../contracts/instant.ts';
import { allOn, environmentNames, type Weights } from '../../../contracts/names.ts';
import { type OperationKind, type Outcome, outcomes } from '../../../contracts/operation.ts';
import { because } from '../../../contracts/reason.ts';
import type { OperationRecord } from '../../../contracts/records/operation.ts';
import { type FailureCause, failureCauseSchema, type Trigger } from '../../../contracts/trigger.ts';
import { planObservation } from '../../../core/observation/plan-observation.ts';
import { createHandler as createNotify } from '../../../functions/notify/handler.ts';
import { createHandler as createOperation } from '../../../functions/operation/handler.ts';
import { createHandler as createReturnTraffic } from '../../../functions/return-traffic/handler.ts';
import { newLinkToken } from '../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../pipeline/operation/register-operation.ts';
import { commandFaults, operationsIn } from '../../support/commands.ts';
import { fakeCluster } from '../pipeline/support/fake-cluster.ts';
import { FakeRoute } from '../pipeline/support/fake-route.ts';
import { guardianOf } from '../pipeline/support/guardian.ts';
import { operatorApi } from '../pipeline/support/operator-api.ts';
import {
  createWorld,
  executionOf,
  machines,
  personTrigger,
  registerDeployment,
  start,
  type World,
} from '../pipeline/support/world.ts';

/** What runs in the fake cluster. */
const versions = { blue: 'v2.0.0', green: 'v2.1.0' };
const split: Weights = { blue: 75, green: 25 };
const at = new Date(start).toISOString();
const seen = new Set<Outcome>();

let world: World;
let route: FakeRoute;
beforeEach(async () => {
  const plain = await createWorld();
  const services = plain.configuration.services.map((one) => ({
    ...one,
    notify: {
      ...one.notify,
      links: { ...one.notify.links, console: `${plain.configuration.urls.console}/` },
      page: { ...one.notify.page, on: ['automatic-rollback' as const] },
    },
  }));
  const [service] = services;
  if (service === undefined) throw new Error('the fixture has no service');
  world = { ...plain, configuration: { ...plain.configuration, services }, service };
  route = new FakeRoute(allOn('blue'), null);
});
afterAll(() => {
  // A case that is taken out of this file, or an outcome that comes new, is missed here.
  expect([...seen].sort()).toEqual([...outcomes].sort());
});

const pagers = () => new Map([['webhook', world.pager]]);
const cluster = () => ({ ...fakeCluster(route.weights, { green: 3 }), router: route });
const notify = (command: object) => createNotify({ ...world, pagers, newToken: newLinkToken })(command);
const operate = (command: object) =>
  createOperation({ ...world, rescueDeadHolder: async () => undefined, publishKept: async () => undefined })(command);
const returnTraffic = (command: object) =>
  createReturnTraffic({ ...world, cluster, databaseBudget: minutes(1), publishKept: async () => undefined })(command);

const first = executionOf('first-1');
const back = executionOf('back-1');
const read = async (id: string) => world.store.operations.read(id);

/** Registers an operation that brings v2.1.0 to green. */
async function register(kind: OperationKind): Promise<string> {
  const { name: service } = world.service;
  const who = { service, actor: 'ana@example.com', at: start };
  const triggers: Record<OperationKind, Trigger> = {
    deployment: personTrigger(world),
    rollback: {
      ...{ kind: 'person', wants: 'rollback', version: 'v2.1.0', reason: 'wrong findings', ...who },
      ...{ emergency: false, hold: false },
    },
    'switch-traffic': {
      ...{ kind: 'person', wants: 'traffic', from: 'blue', to: 'green', percentage: 25, until: start, ...who },
      reason: 'comparing.',
    },
    observation: personTrigger(world),
  };
  const { operation } = await registerDeployment(world, { name: 'earlier-1' });
  await world.store.operations.end(operation.id, { outcome: 'superseded', reason: 'Superseded.', at });
  world.pass(1_000);
  const trigger = triggers[kind];
  await registerOperation(world, { execution: first, service: world.service, trigger, kind });
  const { release, live } = operation;
  const until = formatInstant(world.now());
  const desired =
    kind === 'switch-traffic' ? { weight: 25, until, actor: 'ana@example.com', reason: 'comparing.' } : null;
  await world.store.operations.update(idOf(first), { release, live, desired });
  return idOf(first);
}

/** The same, with a quarter of the traffic, or as much as is said. */
async function shifting(kind: OperationKind, weights: Weights = split): Promise<string> {
  const id = await register(kind);
  const claim = { operation: id, kind, executionArn: first.arn, at, deadline: '2026-12-24T00:00:00.000Z' };
  const acquired = await world.store.locks.acquire(world.service.name, claim);
  if (acquired.kind !== 'acquired') throw new Error('the lock was not free');
  const { epoch } = acquired;
  await world.store.operations.enter(id, 'shifting-traffic', at);
  await world.store.operations.update(id, { origin: 'blue', target: 'green', epoch, weights, shiftedAt: at });
  route = new FakeRoute(weights, { epoch, seq: 3, operation: id, origin: 'blue', weights });
  return id;
}

/** Everything that people are told of an operation and of its service. */
async function textsOf(ids: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const { name } = world.service;
  const api = operatorApi(world, { cluster });
  const json = async (path: string): Promise<unknown> => (await api.get(path)).json();
  for (const [index, { subject, text, html }] of world.mailer.sent.entries()) {
    texts.set(`mail ${index}`, `${subject}.\n${text}`);
    texts.set(`mail ${index}, html`, plain(html));
  }
  for (const [index, { subject, text }] of world.pager.pages.entries())
    texts.set(`page ${index}`, `${subject}.\n${text}`);
  const overview = overviewSchema.parse(await json(`/api/overview?service=${name}`));
  const { title, detail } = headlineOf(overview);
  texts.set('console', `${title}\n${detail ?? ''}`);
  texts.set('status', serviceLines(overview.service, world.now()).map(prose).join('\n'));
  const { operations } = operationListSchema.parse(await json('/api/operations'));
  texts.set('operations', operationTable(operations).map(prose).join('\n'));
  const { deliveries } = deliveryListSchema.parse(await json('/api/deliveries'));
  texts.set('deliveries', deliveries.map(({ reason }) => reason).join('\n'));
  for (const id of ids) {
    const operation = operationSchema.parse(await json(`/api/operations/${id}`));
    texts.set(`operation ${id}`, operationLines(operation, world.now()).map(prose).join('\n'));
    texts.set(
      `watch ${id}`,
      describeChanges(null, operation, world.now())
        .map(({ text }) => text)
        .join('\n'),
    );
    texts.set(`console ${id}`, operationName(operation, overview.history));
    texts.set(
      `timeline ${id}`,
      stepsOf(operation.timeline)
        .map(({ name: step, what, reason }) => [step, what, reason].filter(Boolean).join(': '))
        .join('\n'),
    );
    if (operation.waiting !== null) texts.set(`waiting ${id}`, waitingLines(operation.waiting, world.now()).join('\n'));
    if (operation.outcome !== null) {
      seen.add(operation.outcome);
      texts.set(`outcome ${id}`, outcomeWords({ outcome: operation.outcome, reason: operation.reason }).text);
    }
  }
  for (const verb of ['freeze', 'unfreeze'] as const) {
    const frozen = await world.store.releases.frozen(name);
    if ((verb === 'freeze') === (frozen === null)) continue;
    const answer = await api.post(`/api/services/${name}/${verb}`, { reason: 'a look.' });
    texts.set(verb, toldLines(actionAnswerSchema.parse(await answer.json())).join('\n'));
    if (frozen !== null && verb === 'unfreeze') await world.store.releases.freeze(name, frozen);
  }
  return texts;
}

/** The words of a mail in HTML, a line for each element; commands are marked as in the documents. */
const plain = (html: string): string =>
  html
    .replaceAll(/<\/?code>/g, '`')
    .replaceAll(/<[^>]*>/g, '\n')
    .replaceAll('&quot;', '"')
    .replaceAll(/\n\s*/g, '\n');

/** A line of a table or with an indentation: the columns are none of its words. */
const prose = (line: string): string => line.trim().replaceAll(/ {2,}/g, ' | ');

/** What is wrong with a text (I14). */
async function wrongWith(text: string): Promise<string[]> {
  const wrong = await commandFaults(text);
  for (const id of operationsIn(text)) if ((await read(id)) === null) wrong.push(`${id} leads nowhere`);
  const never: [string, RegExp][] = [
    ['a value that is none', /\b(?:undefined|NaN|Invalid Date)\b|\[object|(?<!": ?)\bnull\b/],
    ['two spaces', /\S {2,}\S/],
    ['two full stops', /(?<!\.)\.\.(?!\.)|[!?…]\.|\.[;:,]|[:;,]\./],
    ['a version that nobody knows', /unknown version|\bof \?|\bto \?/],
    ['a space before a full stop', /\s[.,;:](?:\s|$)/m],
  ];
  for (const [what, pattern] of never) {
    const found = pattern.exec(text);
    if (found !== null) wrong.push(`${what}: …${text.slice(Math.max(0, found.index - 40), found.index + 20)}…`);
  }
  for (const [number] of text.matchAll(/(?<![\w.:/-])\d+\.\d+(?![\w.])/g)) {
    if (number.replace('.', '').replace(/^0+/, '').length > 4) wrong.push(`too many digits: ${number}`);
  }
  for (const [, version, side] of text.matchAll(/Live now: (?:(v[\d.]+\d) on )?(blue|green)/g)) {
    const environment = environmentNames.find((one) => one === side);
    if (environment === undefined || route.weights[environment] !== 100) wrong.push(`Live now is not ${side}`);
    else if (version !== undefined && version !== versions[environment]) wrong.push(`${side} does not run ${version}`);
  }
  for (const [found, side] of text.matchAll(/(?:traffic is back on|All traffic is on|went back to) (blue|green)/g)) {
    if (side !== (route.weights.blue === 100 ? 'blue' : route.weights.green === 100 ? 'green' : '')) wrong.push(found);
  }
  for (const [found, blue, green] of text.matchAll(/(?:Traffic|traffic at its end): blue (\d+) %, green (\d+) %/g)) {
    if (Number(blue) !== route.weights.blue || Number(green) !== route.weights.green) wrong.push(found);
  }
  return wrong;
}

/** Reports and, where it froze, pages, as the state machines do; then every text is read. */
async function expectTruth(executions: readonly (typeof first)[]): Promise<Map<string, string>> {
  const { name: service } = world.service;
  const records: OperationRecord[] = [];
  for (const execution of executions) {
    const record = await read(idOf(execution));
    if (record === null) continue;
    records.push(record);
    const frozen = await world.store.releases.frozen(service);
    const reason = record.reason ?? 'It is paused.';
    if (frozen?.operation === record.id || record.pausedBecause !== null) {
      await notify({ action: 'page', execution, service, reason });
    }
    if (record.outcome !== null) await notify({ action: 'report', execution });
  }
  const returned = records.flatMap(({ id, related }) => (related === null || related === id ? [] : [related]));
  const texts = await textsOf([...returned, ...records.map(({ id }) => id)]);
  const wrong: string[] = [];
  for (const [where, text] of texts) wrong.push(...(await wrongWith(text)).map((what) => `${where}: ${what}`));
  expect(wrong).toEqual([]);
  for (const [where, text] of texts) {
    if (/^(?:mail|page) \d+$/.test(where))
      expect([where, text.match(/^console[^:]*:/gim) ?? []]).toEqual([where, ['Console:']]);
  }
  // A service that is frozen says so, and how that ends, wherever people look.
  const frozen = await world.store.releases.frozen(service);
  const unfreeze = `sluice unfreeze --service ${service} --reason "…"`;
  expect(texts.get('status')?.includes(unfreeze)).toBe(frozen !== null);
  expect(texts.get('console')?.startsWith('Frozen.')).toBe(frozen !== null);
  const last = [...texts].filter(([where]) => /^mail \d+$/.test(where)).at(-1)?.[1];
  if (last !== undefined && records.at(-1)?.outcome != null) expect(last.includes(unfreeze)).toBe(frozen !== null);
  return texts;
}

const kinds: readonly OperationKind[] = ['deployment', 'switch-traffic'];
const causes: readonly FailureCause[] = failureCauseSchema.options;
const finding = because('ObjectiveBroken', 'Error rate 11.4 %, limit 1 %, for 12 s');

/** The ways of a return, by the trigger of the rollback. */
const ways: Record<string, (id: string) => Trigger> = {
  ...Object.fromEntries(
    causes.map((cause) => [
      cause,
      (operation: string): Trigger => ({
        ...{ kind: 'failure', service: world.service.name, operation, failed: null, cause, reason: finding },
      }),
    ]),
  ),
  alert: () => ({
    ...{ kind: 'alert', service: world.service.name, environment: 'green', name: 'HighErrorRate' },
    ...{ severity: 'critical', fingerprint: 'f1', summary: 'Too many errors.', startsAt: start },
  }),
  abort: (operation) => ({
    ...{ kind: 'abort', service: world.service.name, operation, reason: 'the wrong version.' },
    ...{ actor: 'ana@example.com', at: start },
  }),
  'dead-execution': (operation) => ({
    ...{ kind: 'dead-execution', service: world.service.name, operation, executionArn: first.arn, status: 'FAILED' },
  }),
  emergency: () => ({
    ...{ kind: 'person', wants: 'rollback', service: world.service.name, version: 'last-known-good' },
    ...{ reason: 'slow.', emergency: true, hold: false, actor: 'ana@example.com', at: start },
  }),
};
const pairs = kinds.flatMap((kind) => Object.keys(ways).map((way) => [kind, way] as const));

/** The rollback machine, as far as people are told of it. `frozen`: its return is not verified. */
async function rollBack(trigger: Trigger, end: 'verified' | 'frozen' = 'verified'): Promise<string> {
  const { name: service } = world.service;
  const answer = await returnTraffic({ action: 'return-traffic', execution: back, service, trigger });
  expect(['returned', 'nothing-to-return', 'undecided']).toContain(answer.outcome);
  const reason = 'reason' in answer ? answer.reason : '';
  if (answer.outcome === 'undecided' || end === 'frozen') {
    await operate({ action: 'freeze', execution: back, service, trigger, reason });
  } else {
    await operate({ action: 'hold-release', execution: back });
    await operate({ action: 'finalize-rollback', execution: back, reason: '' });
  }
  return answer.outcome;
}

describe('what people are told of a return is true, and what it tells them to type runs (I14)', () => {
  it.each(pairs)('a %s that is returned: %s', async (kind, way) => {
    const id = await shifting(kind);

    await rollBack(ways[way]?.(id) ?? personTrigger(world));

    const texts = await expectTruth([back]);
    const undecided = way === 'undecided';
    expect((await read(id))?.outcome).not.toBeNull();
    expect(route.weights).toEqual(undecided ? split : allOn(way === 'origin-worse' ? 'green' : 'blue'));
    const paged = [...texts.keys()].some((where) => where.startsWith('page'));
    const byPerson = way === 'abort' || way === 'emergency';
    const asPlanned = kind === 'switch-traffic' && way === 'expired';
    expect(paged).toBe(!byPerson && !asPlanned);
  });

  it.each(pairs)('a %s that is returned and freezes: %s', async (kind, way) => {
    const id = await shifting(kind);

    await rollBack(ways[way]?.(id) ?? personTrigger(world), 'frozen');

    const texts = await expectTruth([back]);
    expect([...texts.keys()].filter((where) => /^page \d/.test(where))).toHaveLength(1);
  });

  it.each(kinds)('a %s whose rollback a person aborted: the service is frozen', async (kind) => {
    const id = await shifting(kind);
    const { name: service } = world.service;
    const trigger = ways.alert?.(id);
    await returnTraffic({ action: 'return-traffic', execution: back, service, trigger });
    await world.store.operations.update(idOf(back), { abort: { actor: 'ana@example.com', reason: 'enough.' } });

    const reason = 'The rollback was aborted by ana@example.com: enough.';
    await operate({ action: 'freeze', execution: back, service, trigger, reason });

    const texts = await expectTruth([back]);
    expect((await read(idOf(back)))?.outcome).toBe('aborted');
    expect([...texts.keys()].filter((where) => /^page \d/.test(where))).toHaveLength(1);
  });

  it.each(kinds)('a %s whose rollback was unlocked: the service is frozen', async (kind) => {
    const id = await shifting(kind);
    const { name: service } = world.service;
    await returnTraffic({ action: 'return-traffic', execution: back, service, trigger: ways.alert?.(id) });
    const api = operatorApi(world, { cluster });
    Object.assign(world.workflow, {
      describe: async (executionArn: string) =>
        executionArn === back.arn ? { executionArn, name: back.name, status: 'RUNNING', startedAt: start } : null,
    });

    const answer = await api.post(`/api/services/${service}/unlock`, { reason: 'it hangs.' });

    expect(await answer.json()).toMatchObject({ outcome: 'frozen' });
    await expectTruth([back]);
  });

  it.each(kinds)('a %s whose rollback died twice: the service is frozen', async (kind) => {
    const id = await shifting(kind);
    const { name: service } = world.service;
    const trigger = ways['dead-execution']?.(id);
    await returnTraffic({ action: 'return-traffic', execution: back, service, trigger });

    const guarded = await guardianOf(world)({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: {
        ...{ executionArn: back.arn, stateMachineArn: machines.rollback, name: back.name, status: 'FAILED' },
        ...{
          startDate: Date.parse(back.startedAt),
          stopDate: world.now(),
          input: JSON.stringify({ service, trigger }),
        },
      },
    });

    expect(guarded).toMatchObject({ outcome: 'frozen' });
    await expectTruth([back]);
  });

  it.each(['failed', 'abort'] as const)('a split that its person sent back, noticed as %s', async (way) => {
    const id = await shifting('switch-traffic');
    const reason = 'seen enough.';
    const until = formatInstant(world.now());
    await world.store.operations.update(id, { desired: { weight: 0, until, actor: 'ana@example.com', reason } });

    const trigger = ways[way]?.(id) ?? personTrigger(world);
    await rollBack(
      trigger.kind === 'failure' ? { ...trigger, reason: because('SentBack', `ana@example.com: ${reason}`) } : trigger,
    );

    const texts = await expectTruth([back]);
    expect((await read(id))?.outcome).toBe('succeeded');
    expect(texts.get('mail 0')).toContain(`ana@example.com sent the traffic of ${id} back: seen enough.`);
    expect(texts.get('mail 0')).toContain('traffic is back on blue, sent back by ana@example.com');
    expect(texts.get('mail 0')).not.toMatch(/failure|aborted|away from/);
    expect(world.pager.pages).toEqual([]);
  });

  it.each(causes)('a deployment that returned its own traffic: %s', async (cause) => {
    const id = await shifting('deployment');
    const { name: service } = world.service;
    const trigger = ways[cause]?.(id);
    await returnTraffic({ action: 'return-traffic', execution: first, service, trigger });
    await operate({ action: 'end-after-return', execution: first, cause, reason: finding });

    await expectTruth([first]);
  });

  it('a deployment that failed before it had any traffic', async () => {
    const id = await shifting('deployment', allOn('blue'));
    await world.store.operations.update(id, { shiftedAt: null });

    await rollBack(ways.failed?.(id) ?? personTrigger(world));

    await expectTruth([back]);
    expect((await read(id))?.outcome).toBe('failed');
    expect(world.pager.pages).toEqual([]);
  });

  it('a planned rollback that gave up', async () => {
    await shifting('rollback');
    const { name: service } = world.service;
    await returnTraffic({ action: 'give-up', execution: first, service, reason: finding });
    await operate({ action: 'finalize-rollback', execution: first, reason: '' });

    const texts = await expectTruth([first]);
    expect(texts.get('mail 0')).toContain('rollback rolled-back');
    expect(world.pager.pages).toHaveLength(1);
  });
});

describe('what people are told of the other ends is true (I14)', () => {
  const early: Outcome[] = [
    'failed-validation',
    'rejected',
    'expired',
    'superseded',
    'window-closed',
    'aborted',
    'frozen',
  ];
  const every: readonly OperationKind[] = ['deployment', 'rollback', 'switch-traffic'];

  it.each(every.flatMap((kind) => early.map((ending) => [kind, ending] as const)))(
    'a %s that ended before the lock as %s',
    async (kind, ending) => {
      await register(kind);
      const { name: service } = world.service;
      if (ending === 'frozen') {
        const by = 'ana@example.com';
        await world.store.releases.freeze(service, { reason: 'an audit.', operation: null, by, at });
      }
      await operate({ action: 'end-before-lock', execution: first, service, trigger: null, ending, reason: 'no.' });

      await expectTruth([first]);
    },
  );

  it.each(every)('a %s that went all the way', async (kind) => {
    await shifting(kind, allOn('green'));
    await operate({ action: 'finalize-deployment', execution: first });

    const texts = await expectTruth([first]);
    expect(texts.get('mail 0')).toContain('Live now: v2.1.0 on green, with all of the traffic');
  });
});

describe('what people are told of what waits is true (I14)', () => {
  it.each(['deployment', 'rollback'] as const)('a %s that waits for its approval', async (kind) => {
    const id = await register(kind);
    await world.store.operations.enter(id, 'awaiting-approval', at);
    await notify({ action: 'request-approval', execution: first });

    const texts = await expectTruth([first]);
    expect(texts.get('status')).toMatch(/Waiting for \d approvals? \(/);
    expect(texts.get('status')).not.toContain('turn');
  });

  it('a deployment that waits for its turn, and one that only seems to', async () => {
    await shifting('switch-traffic');
    const other = executionOf('waits-1');
    await registerOperation(world, {
      ...{ execution: other, service: world.service, kind: 'deployment', trigger: personTrigger(world) },
    });
    await world.store.operations.enter(idOf(other), 'awaiting-lock', at);

    const texts = await expectTruth([first, other]);
    expect(texts.get('status')).toContain(`Waiting for the lock: switch-traffic ${idOf(first)} holds it.`);

    await world.store.locks.release(world.service.name, idOf(first));
    const free = await textsOf([idOf(other)]);
    expect(free.get('status')).not.toContain('turn');
  });

  it('a split that is kept', async () => {
    const id = await shifting('switch-traffic');
    await world.store.operations.enter(id, 'keeping-split', at);

    const texts = await expectTruth([first]);
    expect(texts.get('status')).toContain('Keeping blue 75 %, green 25 %, as ana@example.com wants: comparing.');
  });

  it('an operation that is refused since Sluice itself holds the lock names no operation that is none', async () => {
    await register('switch-traffic');
    const claim = { operation: idOf(executionOf('standby-1')), kind: 'deployment' as const, executionArn: 'arn' };
    await world.store.locks.acquire(world.service.name, { ...claim, at, deadline: '2026-12-24T00:00:00.000Z' });
    const answer = await operate({ action: 'acquire-lock', execution: first });

    expect(answer).toMatchObject({ reason: 'Sluice itself holds the lock of chest-xray-mlops [LockHeld].' });
    const { name: service } = world.service;
    const reason = 'reason' in answer ? answer.reason : '';
    const ending = { ending: 'failed-validation', reason };
    await operate({ action: 'end-before-lock', execution: first, service, trigger: null, ...ending });
    await expectTruth([first]);
  });
});

describe('what people are told of a pause is true (I14)', () => {
  const every: readonly OperationKind[] = ['deployment', 'rollback', 'switch-traffic'];

  it.each(every)('a %s that Sluice could not go on with', async (kind) => {
    const id = await shifting(kind);
    await operate({
      action: 'pause-for-fault',
      execution: first,
      reason: 'Prometheus did not answer [DependencyUnavailable].',
    });

    const texts = await expectTruth([first]);
    expect(texts.get('status')).toContain(
      'because Sluice could not continue: Prometheus did not answer [DependencyUnavailable].',
    );
    expect(texts.get('status')).toContain(`sluice resume ${id}`);
    expect(texts.get('page 0')).toContain(`sluice abort ${id}`);
  });

  it.each(['deployment', 'switch-traffic'] as const)('a %s that an alert about its origin paused', async (kind) => {
    const id = await shifting(kind);
    const { name: service } = world.service;
    const trigger = { ...ways.alert?.(id), environment: 'blue' };
    const told = { environment: 'blue', name: 'HighErrorRate', severity: 'critical', fingerprint: 'f1' } as const;
    const firing = { status: 'firing', startsAt: at, seenAt: at, judgedBy: null } as const;
    await world.store.alerts.tell(service, { ...told, ...firing });
    await returnTraffic({ action: 'return-traffic', execution: back, service, trigger });
    await notify({ action: 'page', execution: back, service, reason: 'Alert HighErrorRate (critical).' });

    const texts = await expectTruth([first]);
    expect(texts.get('status')).toContain('It continues by itself when the alert is resolved');
    expect(texts.get('deliveries')).toContain(id);
  });
});

describe('what people are told of another pipeline that was only observed', () => {
  const reached = (ending: Outcome) =>
    because(ending === 'would-refuse' ? 'ValidationFailed' : 'WouldSucceed', `It ended as ${ending}.`, 'The rest.');

  it.each(['would-succeed', 'would-roll-back', 'would-refuse', 'inconclusive'] as const)('%s', async (ending) => {
    const id = await register('observation');
    const { name: service } = world.service;
    route = new FakeRoute(split, null);
    await world.store.operations.update(id, {
      ...{ origin: 'blue', target: 'green', weights: split },
      observation: {
        plan: planObservation(
          world.service,
          { version: 'v2.1.0', previousVersion: null, reversible: true, type: 'standard' },
          world.now(),
        ),
        seen: [{ at, weights: split, share: split.green }],
        decisions: [{ kind: 'return', at, share: split.green, reason: finding }],
      },
    });

    const trigger = personTrigger(world);
    await operate({ action: 'end-before-lock', execution: first, service, trigger, ending, reason: reached(ending) });

    const texts = await expectTruth([first]);
    const mail = texts.get(`mail ${world.mailer.sent.length - 1}`);
    expect(mail).toContain(`observation ${ending}`);
    expect(mail).toContain('Sluice would have taken the traffic back');
    expect([...texts.keys()].some((where) => where.startsWith('page'))).toBe(false);
  });
});
