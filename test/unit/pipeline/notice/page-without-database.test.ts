import { beforeEach, describe, expect, it } from 'vitest';
import type { Pager } from '../../../../adapters/notice/pager.ts';
import type { Store } from '../../../../adapters/store/store.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { createHandler } from '../../../../functions/notify/handler.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { commandFaults, commandsIn, operationsIn } from '../../../support/commands.ts';
import { createWorld, executionOf, FakePager, registerDeployment, type World } from '../support/world.ts';

describe('a page while the database does not answer', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });

  const away = async () => {
    throw new DependencyUnavailable('DynamoDB', 'GetItem: no answer');
  };
  /** A store of which nothing answers. */
  const nothing = (): Store => new Proxy(world.store, { get: () => new Proxy({}, { get: () => away }) });
  const page = (store: Store, pagers: readonly (readonly [string, Pager])[] = [['webhook', world.pager]], name = 'a') =>
    createHandler({ ...world, store, pagers: () => new Map(pagers), newToken: newLinkToken })({
      action: 'page',
      execution: executionOf(name),
      service: world.service.name,
      reason: 'Alert Slow: blue, the origin, is alerting',
    });

  it('wakes people all the same, and names only what works without it', async () => {
    const answer = await page(nothing());

    expect(answer).toEqual({ outcome: 'paged' });
    const [sent] = world.pager.pages;
    const text = sent?.text ?? '';
    expect(sent?.subject).toBe('chest-xray-mlops: a person has to look');
    expect(text).toContain('Alert Slow: blue, the origin, is alerting [Unclassified].');
    expect(text).toContain('The database does not answer.');
    expect(text).toContain('kubectl get -n production virtualservice chest-xray-mlops -o yaml');
    expect(commandsIn(text)).toEqual([
      'sluice break-glass --service chest-xray-mlops --to blue',
      'sluice break-glass --service chest-xray-mlops --to green',
    ]);
    expect(await commandFaults(text)).toEqual([]);
    expect(operationsIn(text)).toEqual([]);
    expect(world.mailer.sent[0]?.text).toBe(text);
  });

  it('gives the pages of an hour one key, whoever pages, so that they fold', async () => {
    await page(nothing());
    await page(nothing(), undefined, 'another-alert');
    world.pass(3_600_000);
    await page(nothing());

    const [first, second, later] = world.pager.pages.map(({ key }) => key);
    expect(first).toBe('sluice-chest-xray-mlops-needs-a-person-without-records-2026-11-23T15');
    expect(second).toBe(first);
    expect(later).not.toBe(first);
  });

  it('does not repeat what one pager has taken because another one failed; a mail alone wakes nobody', async () => {
    const down = new FakePager();
    down.fails = true;

    const both = await page(nothing(), [
      ['sns', down],
      ['webhook', world.pager],
    ]);
    const alone = page(nothing(), [['sns', down]]);

    expect(both).toEqual({ outcome: 'paged' });
    await expect(alone).rejects.toThrow(DependencyUnavailable);
  });

  it('says what it had read when the database goes away only then, and sends it', async () => {
    const { execution } = await registerDeployment(world, { name: 'a' });
    const store = { ...world.store, audit: { ...world.store.audit, append: away, list: away } };

    const answer = await page(store);

    expect(answer).toEqual({ outcome: 'paged' });
    expect(operationsIn(world.pager.pages[0]?.text ?? '')).toEqual([idOf(execution)]);
  });
});
