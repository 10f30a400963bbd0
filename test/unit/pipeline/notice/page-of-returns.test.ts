import { beforeEach, describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../../contracts/configuration/parse-configuration.ts';
import { allOn } from '../../../../contracts/names.ts';
import type { Outcome } from '../../../../contracts/operation.ts';
import { because } from '../../../../contracts/reason.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import type { FailureCause, Trigger } from '../../../../contracts/trigger.ts';
import { createHandler } from '../../../../functions/notify/handler.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { commandFaults, operationsIn } from '../../../support/commands.ts';
import { createWorld, digest, executionOf, registerDeployment, start, type World } from '../support/world.ts';

const at = new Date(start).toISOString();
type Changes = Partial<OperationRecord>;

describe('traffic that went back by itself is paged about where notify.page.on asks for it', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });

  const report = (name: string, on: readonly 'automatic-rollback'[]) => {
    const services = world.configuration.services.map((one) => ({
      ...one,
      notify: { ...one.notify, page: { ...one.notify.page, on } },
    }));
    return createHandler({
      ...world,
      configuration: { ...world.configuration, services },
      pagers: () => new Map([['webhook', world.pager]]),
      newToken: newLinkToken,
    })({ action: 'report', execution: executionOf(name) });
  };
  const end = (name: string, outcome: Outcome) =>
    world.store.operations.end(idOf(executionOf(name)), { outcome, reason: 'Error rate 11.4 %, limit 1 %', at });
  /** A deployment of v2.1.0 to green, returned. */
  const returned = async (changes: Changes = {}, outcome: Outcome = 'rolled-back') => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    const moved = { origin: 'blue', target: 'green', shiftedAt: at, weights: allOn('blue') } as const;
    await world.store.operations.update(operation.id, { ...moved, ...changes });
    await end('deploy-1', outcome);
    return operation.id;
  };
  /** The rollback that returned it. */
  const rollback = async (trigger: Trigger, related: string | null, outcome: Outcome = 'succeeded') => {
    const { service } = world;
    await registerOperation(world, { execution: executionOf('back-1'), service, trigger, kind: 'rollback', related });
    const changes = { target: 'blue', origin: 'green', weights: allOn('blue') } as const;
    await world.store.operations.update(idOf(executionOf('back-1')), changes);
    await end('back-1', outcome);
  };
  /** The rollback of the deployment that `trigger` names. */
  const rollbackOf = async (id: string, trigger: (id: string) => Trigger) => rollback(trigger(id), id);
  const failed = (cause: FailureCause) => (id: string) => failure(id, cause);
  const failure = (operation: string, cause: FailureCause): Trigger => ({
    ...{
      kind: 'failure',
      service: world.service.name,
      operation,
      failed: null,
      cause,
      reason: because('ObjectiveBroken', 'slow'),
    },
  });
  const alert = (): Trigger => ({
    ...{ kind: 'alert', service: world.service.name, environment: 'green', name: 'HighErrorRate' },
    ...{ severity: 'critical', fingerprint: 'f1', summary: null, startsAt: start },
  });
  const death = (operation: string): Trigger => ({
    ...{ kind: 'dead-execution', service: world.service.name, operation, executionArn: 'arn', status: 'FAILED' },
  });
  const person = (emergency: boolean): Trigger => ({
    ...{ kind: 'person', wants: 'rollback', service: world.service.name, version: 'v2.0.0', reason: 'slow' },
    ...{ emergency, hold: false, actor: 'ana@example.com', at: start },
  });

  it.each([
    ['an alert during a shift', async () => rollback(alert(), await returned())],
    ['an alert with nothing at work', () => rollback(alert(), null)],
    // Objectives, health with traffic and the fast path all end in this cause.
    ['a failed objective, health or the fast path', async () => rollbackOf(await returned(), failed('failed'))],
    ['drift', async () => rollbackOf(await returned(), failed('drift'))],
    [
      'the deadline of a pause',
      async () => rollbackOf(await returned({ pausedBecause: 'no data' }), failed('expired')),
    ],
    ['a dead execution', async () => rollbackOf(await returned(), death)],
  ])('after %s', async (_what, happen) => {
    await happen();
    const hold = { version: 'v2.1.0', digest, reason: 'bad', operation: idOf(executionOf('deploy-1')), at };
    const related = await world.store.operations.read(idOf(executionOf('deploy-1')));
    if (related !== null) await world.store.releases.hold(world.service.name, hold);

    await report('back-1', ['automatic-rollback']);
    await report('back-1', ['automatic-rollback']);

    expect(world.pager.pages).toHaveLength(1);
    const { subject = '', text = '' } = world.pager.pages[0] ?? {};
    expect(subject).toBe('chest-xray-mlops: the traffic went back automatically');
    expect(text).toContain(
      related === null ? 'Live now: blue, with all' : 'Live now: v2.0.0 on blue, with all of the traffic.',
    );
    expect(text.includes('sluice release-hold --version v2.1.0')).toBe(related !== null);
    expect(operationsIn(text)).toEqual([idOf(executionOf('back-1'))]);
    expect(await commandFaults(text)).toEqual([]);
    // Its mail is the report.
    expect(world.mailer.sent.map((mail) => mail.subject)).toEqual([expect.stringContaining('traffic is back on blue')]);
  });

  it('after a return from its own execution, since no rollback could be started', async () => {
    await returned();

    await report('deploy-1', ['automatic-rollback']);

    expect(world.pager.pages).toHaveLength(1);
  });

  it('after a planned rollback that failed with traffic and went back', async () => {
    await rollback(person(false), null, 'rolled-back');

    await report('back-1', ['automatic-rollback']);

    expect(world.pager.pages).toHaveLength(1);
  });

  it.each([
    ['it is not asked for', [] as const, async () => rollback(alert(), await returned())],
    ['a person wanted it', undefined, async () => rollback(person(true), await returned())],
    [
      'a person aborted it, whoever noticed first',
      undefined,
      async () => {
        const id = await returned({ abort: { actor: 'ana@example.com', reason: 'wrong' } }, 'aborted');
        await rollback(failure(id, 'failed'), id);
      },
    ],
    [
      'nothing had traffic yet',
      undefined,
      async () => {
        const id = await returned({ shiftedAt: null }, 'failed');
        await rollback(failure(id, 'failed'), id);
      },
    ],
    ['the service froze, which is paged about anyway', undefined, () => rollback(alert(), null, 'frozen')],
    ['another one was at work', undefined, () => rollback(alert(), null, 'superseded')],
  ])('not when %s', async (_when, on, happen) => {
    await happen();

    await report('back-1', on ?? ['automatic-rollback']);

    expect(world.pager.pages).toEqual([]);
  });

  it('although the mail cannot be sent, and the mail although the pager is away', async () => {
    await rollback(alert(), await returned());
    world.pager.fails = true;
    await expect(report('back-1', ['automatic-rollback'])).rejects.toMatchObject({ name: 'DependencyUnavailable' });
    expect(world.mailer.sent).toHaveLength(1);

    world.pager.fails = false;
    await report('back-1', ['automatic-rollback']);

    expect(world.pager.pages).toHaveLength(1);
    expect(world.mailer.sent).toHaveLength(1);
  });

  it('is refused with its path when it names what is never paged about', () => {
    const service = 'services: [{ notify: { page: { webhook: https://pager.example.com, on: [coffee] } } }]';

    const parsed = parseConfiguration(service);

    expect(parsed).toMatchObject({ ok: false });
    expect(JSON.stringify(parsed)).toContain('on');
    expect(JSON.stringify(parsed)).toMatch(/automatic-rollback/);
  });
});
