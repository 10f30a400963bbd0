import { beforeEach, describe, expect, it } from 'vitest';
import { because } from '../../../../contracts/reason.ts';
import { createHandler } from '../../../../functions/notify/handler.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { commandFaults, commandsIn, operationsIn } from '../../../support/commands.ts';
import {
  createWorld,
  digest,
  executionOf,
  makeIrreversible,
  registerDeployment,
  start,
  type World,
} from '../support/world.ts';

const otherDigest = `sha256:${'cd'.repeat(32)}`;

describe('what a page says (I14)', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });

  const page = async (execution = executionOf('alert-1'), reason = 'Alert Slow: blue, the origin, is alerting') => {
    const notify = createHandler({
      ...world,
      pagers: () => new Map([['webhook', world.pager]]),
      newToken: newLinkToken,
    });
    await notify({ action: 'page', execution, service: world.service.name, reason });
    const [sent] = world.pager.pages;
    const [mail] = world.mailer.sent;
    expect(mail?.text).toBe(sent?.text);
    return { key: sent?.key, text: sent?.text ?? '', html: mail?.html ?? '' };
  };
  const shifting = async (kind: 'deployment' | 'rollback' = 'deployment') => {
    const { execution } = await registerDeployment(world, { name: 'deploy-1' });
    const id = idOf(execution);
    const claim = { operation: id, kind, executionArn: execution.arn, at: execution.startedAt, deadline: '2027-01-01' };
    await world.store.locks.acquire(world.service.name, claim);
    await world.store.operations.update(id, { origin: 'blue', target: 'green', weights: { blue: 75, green: 25 } });
    return id;
  };
  const pausedAt = new Date(start).toISOString();

  it('names the operation that an alert paused, not the execution of the alert, until when, and what runs as it is printed', async () => {
    const id = await shifting();
    await world.store.operations.update(id, { pausedBecause: 'blue is alerting', pausedAt });

    const { key, text, html } = await page();

    expect(operationsIn(text)).toEqual([id]);
    expect(key).toBe(`sluice-${world.service.name}-${id}-${start}`);
    expect(text).toContain(
      'Paused since 2026-11-23 15:00:00Z, because blue is alerting. Traffic: blue 75 %, green 25 %.',
    );
    expect(text).toContain('or the service freezes if blue is not known to be good, at 2026-11-23 16:00:00Z.');
    expect(text).toContain(`Resume it: sluice resume ${id} --reason "…"`);
    expect(text).toContain(`Take it back to blue: sluice abort ${id} --reason "…"`);
    expect(await commandFaults(text)).toEqual([]);
    expect(commandsIn(text)).toHaveLength(4);
    expect(html).toContain(`<code>sluice resume ${id} --reason &quot;…&quot;</code>`);
  });

  it('says that the service freezes at the end of a pause whose release cannot be taken back', async () => {
    const id = await shifting();
    await makeIrreversible(world);
    await world.store.operations.update(id, { pausedBecause: 'v2.1.0 failed', pausedAt });

    const { text } = await page();

    expect(text).toContain(
      'If nobody decides, the service freezes with the traffic where it is, at 2026-11-23 16:00:00Z.',
    );
  });

  it('neither calls an operation paused whose record does not say so, nor says that it goes on: the route may be ahead', async () => {
    const id = await shifting();

    const { text } = await page();

    expect(text).toContain('is not paused according to its record (gathering-evidence). A pause on the route');
    expect(text).not.toContain('continues');
    expect(operationsIn(text)).toEqual([id]);
    expect(await commandFaults(text)).toEqual([]);
  });

  it('names the code of its reason, the runbook that it leads to, and the page that a link of the configuration names for it', async () => {
    const links = { runbooks: 'https://example.com/reason-codes#:~:text={{reasonCode}}' };
    world = { ...world, configuration: { ...world.configuration, links } };
    const reason = because('ReturnUnverified', 'The return to blue could not be verified: ready: 503');

    const { text, html } = await page(executionOf('alert-1'), reason);

    expect(text).toContain('could not be verified: ready: 503 [ReturnUnverified].');
    expect(text).toContain('docs/runbooks/frozen-service.md');
    expect(text).toContain('https://example.com/reason-codes#:~:text=ReturnUnverified');
    expect(html).toContain('sluice explain ReturnUnverified');
    expect(await commandFaults(text)).toEqual([]);
  });

  it('names no operation when none is at work', async () => {
    const { text } = await page();

    expect(operationsIn(text)).toEqual([]);
    expect(text).toContain('No operation is in progress');
    expect(text).not.toMatch(/resume|abort|deadline/);
    expect(await commandFaults(text)).toEqual([]);
    expect(commandsIn(text)).toHaveLength(2);
  });

  it('offers to end a planned rollback that is paused, and no emergency, which would find it at work', async () => {
    const execution = executionOf('rollback-1');
    const trigger = {
      ...{ kind: 'person' as const, wants: 'rollback' as const, service: world.service.name, version: 'v2.0.5' },
      ...{ reason: 'slow', emergency: false, hold: false, actor: 'ana@example.com', at: start },
    };
    await registerOperation(world, { execution, service: world.service, trigger, kind: 'rollback' });
    const weights = { blue: 75, green: 25 };
    await world.store.operations.update(idOf(execution), {
      ...{ pausedBecause: 'no data', pausedAt, target: 'green' as const, weights },
    });

    const { text } = await page(execution);

    expect(text).toContain('sluice resume');
    expect(text).toContain(`Take it back to blue: sluice abort ${idOf(execution)} --reason "…"`);
    expect(text).not.toContain('sluice rollback');
    expect(text).toContain(`sluice break-glass --service ${world.service.name}`);
    expect(await commandFaults(text)).toEqual([]);
  });

  it.each([
    ['runs the same release', 'blue', digest, false],
    ['runs another release', 'blue', otherDigest, true],
    ['is not known to run any', null, digest, false],
  ] as const)(
    'advises a rollback only where no hold refuses it: the other side %s',
    async (_what, side, other, goes) => {
      const id = await shifting();
      const { name } = world.service;
      const at = new Date(start).toISOString();
      await world.store.operations.update(id, {
        weights: { blue: 0, green: 100 },
        live: side === null ? null : { version: 'v2.1.0', digest: other, environment: side },
      });
      await world.store.releases.hold(name, { version: 'v2.1.0', digest, reason: 'bad', operation: id, at });
      await world.store.operations.end(id, { outcome: 'frozen', reason: 'unverified', at });

      const { text } = await page({ ...executionOf('deploy-1') });

      expect(text.includes('sluice rollback')).toBe(goes);
      expect(text).toContain(`sluice break-glass --service ${name}`);
      expect(await commandFaults(text)).toEqual([]);
    },
  );

  it('advises no rollback when no operation is at work and something is on hold', async () => {
    const at = new Date(start).toISOString();
    const hold = { version: 'v2.1.0', digest, reason: 'bad', operation: 'op-1', at };
    await world.store.releases.hold(world.service.name, hold);

    const { text } = await page();

    expect(text).not.toContain('sluice rollback');
    expect(text).toContain('sluice break-glass');
  });

  it('offers either side on a service that froze with a split, and no rollback, which would choose by what was live before', async () => {
    const id = await shifting();
    await world.store.operations.end(id, { outcome: 'frozen', reason: 'nobody decided', at: pausedAt });

    const { text } = await page(executionOf('deploy-1'), 'Nobody decided.');

    expect(text).toContain(`sluice break-glass --service ${world.service.name} --to blue`);
    expect(text).toContain(`sluice break-glass --service ${world.service.name} --to green`);
    expect(text).not.toContain('last-known-good');
    expect(await commandFaults(text)).toEqual([]);
  });

  it('says of a frozen service how to look, what happened, and how to end the freeze', async () => {
    const id = await shifting();
    const at = new Date(start).toISOString();
    await world.store.operations.end(id, { outcome: 'frozen', reason: 'unverified', at });

    const { text } = await page({ ...executionOf('deploy-1') }, 'The return could not be verified.');

    for (const command of ['status', `operation ${id}`, 'break-glass', 'unfreeze']) {
      expect(text).toContain(`sluice ${command}`);
    }
    expect(operationsIn(text)).toEqual([id]);
    expect(await commandFaults(text)).toEqual([]);
  });
});
