/**
 * It has timers of its own.
 * @vitest-environment node
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Store } from '../../../../adapters/store/store.ts';
import type { Configuration } from '../../../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { instant } from '../../../../contracts/instant.ts';
import { connected } from '../../../../functions/runtime/connected.ts';
import type { ServiceCluster } from '../../../../pipeline/ports.ts';
import { readFixture } from '../../pipeline/support/world.ts';

describe('what is asked while Lambda initialises', () => {
  let asked: string[];
  let answer: () => Promise<never>;
  let configuration: Configuration;
  beforeEach(async () => {
    asked = [];
    answer = () => Promise.reject(new Error('unreachable'));
    const fixture = await readFixture();
    const [service] = fixture.services;
    if (service === undefined) throw new Error('the fixture has no service');
    const services = [service, { ...service, name: 'beside' }, { ...service, name: 'elsewhere', cluster: 'other' }];
    configuration = { ...fixture, services };
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const question = (what: string) => {
    asked.push(what);
    return answer();
  };
  const common = () => ({
    configuration,
    // Nothing else of the store may be asked.
    store: { locks: { read: (service: string) => question(`lock of ${service}`) } } as unknown as Store,
    now: () => instant(0),
  });
  const cluster = (service: ServiceConfiguration) =>
    // Nothing but the route may be asked.
    ({ router: { read: () => question(`route in ${service.cluster}`) } }) as unknown as ServiceCluster;
  const secrets = { get: (name: string) => question(`secret ${name}`), forget: () => undefined };

  it('is the table once, and one route of each cluster', async () => {
    const deps = { ...common(), cluster };

    expect(await connected(deps)).toBe(deps);

    expect(asked.sort()).toEqual(['lock of chest-xray-mlops', 'route in other', 'route in production']);
  });

  it('is the secret of a webhook, which may not read the table', async () => {
    await connected({ ...common(), secrets, secretName: 'sluice/token' });

    expect(asked).toEqual(['secret sluice/token']);
  });

  it('holds an invocation up for no longer than 300 ms when nobody answers', async () => {
    vi.useFakeTimers();
    answer = () => new Promise(() => undefined);
    let over = false;

    const connecting = connected({ ...common(), cluster }).then(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(299);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await connecting;

    expect(over).toBe(true);
  });
});
