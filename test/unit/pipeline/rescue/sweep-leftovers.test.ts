import { beforeEach, describe, expect, it } from 'vitest';
import { note } from '../../../../pipeline/operation/audited.ts';
import { commandFaults } from '../../../support/commands.ts';
import { sweepingIn } from '../support/sweeping.ts';
import { createWorld, digest, standbyMachine, type World } from '../support/world.ts';

describe('the guardian on its timer, for what others left undone', () => {
  let world: World;
  let sweep: ReturnType<typeof sweepingIn>['sweep'];
  let deployment: ReturnType<typeof sweepingIn>['deployment'];
  let is: ReturnType<typeof sweepingIn>['is'];
  beforeEach(async () => {
    world = await createWorld();
    ({ sweep, deployment, is } = sweepingIn(world));
  });

  describe('a service that an operation froze', () => {
    const frozen = async (operation: string | null) => {
      const at = new Date(world.now()).toISOString();
      const freeze = { reason: 'The return could not be verified', operation, by: 'sluice', at };
      await world.store.releases.freeze(world.service.name, freeze);
    };

    it('is paged about once, when whoever froze it has not, and not before that one had its turn (I5)', async () => {
      const { id } = await deployment('d', { lock: false });
      await world.store.operations.end(id, {
        outcome: 'frozen',
        reason: 'bad',
        at: new Date(world.now()).toISOString(),
      });
      await frozen(id);
      await sweep();
      expect(world.pager.pages).toEqual([]);
      world.pass(60_000);

      await sweep();
      await sweep();

      expect(world.pager.pages.map(({ text }) => text)).toEqual([
        expect.stringContaining('The return could not be verified'),
      ]);
    });

    it('is not paged about when a person froze it', async () => {
      await frozen(null);
      world.pass(60_000);

      await sweep();

      expect(world.pager.pages).toEqual([]);
    });
  });

  describe('a deployment that stands still with the traffic split, since its metrics say nothing', () => {
    const pausedBecause = 'error-rate: no data for 2m';
    const paused = async (actor = 'sluice') => {
      const { id } = await deployment('d', { lock: true });
      is('d', 'RUNNING');
      await pause(id, actor);
      return id;
    };
    const pause = async (id: string, actor = 'sluice') => {
      await note(world, { operation: id, action: 'pause', actor, reason: pausedBecause });
      const pausedAt = new Date(world.now()).toISOString();
      await world.store.operations.update(id, { pausedBecause, pausedAt, weights: { blue: 75, green: 25 } });
      world.pass(30_000);
    };

    it('wakes the on-call once: what, whose, until when, and what to type', async () => {
      const id = await paused();

      await sweep();
      await sweep();

      expect(world.pager.pages).toHaveLength(1);
      const text = world.pager.pages[0]?.text;
      expect(text).toContain('The deployment of v2.1.0 (by dev@example.com) waits. Paused since 2026-11-23 15:00:00Z');
      expect(text).toContain(`because ${pausedBecause}. Traffic: blue 75 %, green 25 %.`);
      expect(text).toContain('at 2026-11-23 16:00:00Z.');
      for (const command of [`sluice resume ${id}`, `sluice abort ${id}`, 'sluice rollback --service chest-xray-mlops'])
        expect(text).toContain(command);
      expect(await commandFaults(text ?? '')).toEqual([]);
      expect(world.mailer.sent).toHaveLength(1);
    });

    it('once more for every later pause, under another key', async () => {
      const id = await paused();
      await sweep();
      await world.store.operations.update(id, { pausedBecause: null, pausedAt: null });
      await sweep();
      expect(world.pager.pages).toHaveLength(1);
      world.pass(1_000);

      await pause(id);
      await sweep();

      expect(new Set(world.pager.pages.map(({ key }) => key)).size).toBe(2);
    });

    it('repeats a page of which nobody knows whether it left under the same key, and gives it its one result', async () => {
      const id = await paused();
      world.pager.fails = true;
      await expect(sweep()).rejects.toThrow('pager');
      expect(world.mailer.sent).toHaveLength(1);
      world.pager.fails = false;
      const intent = { actor: 'sluice', action: 'page-webhook', phase: 'intent' as const, details: {} };
      await world.store.audit.append(id, { at: world.now(), ...intent });

      await sweep();
      await sweep();

      const { pausedAt } = (await world.store.operations.read(id)) ?? {};
      expect(world.pager.pages.map(({ key }) => key)).toEqual([
        `sluice-chest-xray-mlops-${id}-${Date.parse(String(pausedAt))}`,
      ]);
      expect(world.mailer.sent).toHaveLength(1);
      const pages = (await world.store.audit.list(id)).filter(({ action }) => action === 'page-webhook');
      expect(pages.filter(({ phase }) => phase === 'intent')).toHaveLength(3);
      expect(pages.filter(({ phase }) => phase === 'result')).toHaveLength(3);
    });

    it('leaves to an alert’s own execution what the alert paused', async () => {
      await paused('alertmanager');

      await sweep();

      expect(world.pager.pages).toEqual([]);
    });

    it('leaves the machine its turn to page for its own pause', async () => {
      await paused();
      world.pass(-1_000);

      await sweep();

      expect(world.pager.pages).toEqual([]);
    });
  });

  describe('the standby machine of a deployment that succeeded', () => {
    const succeeded = async (name: string) => {
      const operation = await deployment(name, { lock: false });
      await world.store.operations.update(operation.id, { epoch: 1 });
      const at = new Date(world.now()).toISOString();
      await world.store.operations.end(operation.id, { outcome: 'succeeded', reason: 'done', at });
      return operation.id;
    };

    it('is started when its execution did not come to that, once', async () => {
      const operation = await succeeded('d');
      await sweep();
      expect(world.workflow.started).toEqual([]);
      world.pass(30_000);

      await sweep();
      await sweep();

      const input = { service: world.service.name, operation };
      expect(world.workflow.started).toEqual([{ stateMachineArn: standbyMachine, name: 'd-standby', input }]);
    });

    it.each([
      ['it was started by its execution, whatever became of it', () => is('d-standby', 'SUCCEEDED'), 30_000],
      ['Step Functions may have forgotten the name', () => undefined, 8 * 24 * 3_600_000],
    ])('is not started again when %s', async (_, arrange, later) => {
      await succeeded('d');
      arrange();
      world.pass(later);

      await sweep();

      expect(world.workflow.started).toEqual([]);
    });
  });

  describe('what a person did to the service, when the function died before its result (I9)', () => {
    const chain = 'service:chest-xray-mlops';
    const name = 'chest-xray-mlops';
    const hold = { version: 'v2.1.0', digest, reason: 'bad', operation: chain, at: 'now' };
    const frozen = { reason: 'a look', operation: null, by: 'ana@example.com', at: 'now' };
    const intend = (action: string, details: object = {}) =>
      world.store.audit.append(chain, {
        ...{ at: world.now(), actor: 'ana@example.com', action, phase: 'intent' },
        details: { reason: 'a look', ...details },
      });
    const resultsOf = async (action: string) =>
      (await world.store.audit.list(chain))
        .filter((entry) => entry.action === action && entry.phase === 'result')
        .map(({ details }) => details);
    const freeze = () => world.store.releases.freeze(name, frozen);
    const putOnHold = () => world.store.releases.hold(name, hold);
    const lock = () => deployment('d', { lock: true }).then(() => is('d', 'RUNNING'));

    it.each<[string, string, object, () => Promise<unknown>]>([
      ['freeze', 'so-now', {}, freeze],
      ['freeze', 'not-so-now', {}, async () => undefined],
      ['unfreeze', 'so-now', {}, async () => undefined],
      ['unfreeze', 'not-so-now', {}, freeze],
      ['hold-release', 'so-now', { wanted: { digests: [digest] } }, putOnHold],
      ['hold-release', 'not-so-now', { wanted: { digests: [digest] } }, async () => undefined],
      ['release-hold', 'so-now', { before: [hold] }, async () => undefined],
      ['release-hold', 'not-so-now', { before: [hold] }, putOnHold],
      ['unlock', 'so-now', { before: { holder: 'an older one' } }, lock],
    ])('%s gets its result, %s, exactly once', async (action, result, details, arrange) => {
      await arrange();
      await intend(action, details);
      world.pass(120_000);

      await sweep();
      await sweep();

      expect(await resultsOf(action)).toEqual([{ reason: expect.any(String), details: { result } }]);
    });

    it('an unlock after which the same operation still holds the lock was not carried out', async () => {
      await lock();
      const { holder } = await world.store.locks.read(name);
      await intend('unlock', { before: { holder } });
      world.pass(120_000);

      await sweep();

      expect(await resultsOf('unlock')).toMatchObject([{ details: { result: 'not-so-now' } }]);
    });

    it('gets its result also while the pager is down', async () => {
      const { id } = await deployment('d', { lock: true });
      is('d', 'RUNNING');
      await note(world, { operation: id, action: 'pause', actor: 'sluice', reason: 'no data' });
      const pausedAt = new Date(world.now()).toISOString();
      await world.store.operations.update(id, { pausedBecause: 'no data', pausedAt });
      await intend('freeze');
      world.pass(120_000);
      world.pager.fails = true;

      await expect(sweep()).rejects.toThrow('pager');

      expect(await resultsOf('freeze')).toHaveLength(1);
    });

    it('is left alone while its function may still be at work, and when it has its result', async () => {
      await intend('freeze');
      await sweep();
      expect(await resultsOf('freeze')).toEqual([]);

      await note(world, { operation: chain, action: 'freeze', actor: 'ana@example.com' });
      world.pass(120_000);
      await sweep();

      expect(await resultsOf('freeze')).toHaveLength(1);
    });
  });
});
