import { beforeEach, describe, expect, it } from 'vitest';
import type { DeploymentWindow } from '../../../../contracts/configuration/windows.ts';
import { hours } from '../../../../contracts/duration.ts';
import { parseInstant } from '../../../../contracts/instant.ts';
import { awaitWindow, readWindow } from '../../../../pipeline/operation/window.ts';
import { operatorApi } from '../support/operator-api.ts';
import { FakeSource, releasing } from '../support/releasing.ts';
import { createWorld, executionOf, type World } from '../support/world.ts';

const office: DeploymentWindow = { kind: 'allow', schedule: '0 9 * * 1-5', duration: hours(8), timeZone: 'UTC' };
// A Saturday.
const saturday = parseInstant('2026-11-28T12:00:00Z');
const execution = executionOf('one');
const why = 'Closed outside of the allow window "0 9 * * 1-5" for 8 h, UTC. It opens 2026-11-30 09:00:00Z.';

async function closed(outsideWindows: 'wait' | 'refuse') {
  const world = await createWorld();
  const service = { ...world.service, windows: [office], outsideWindows };
  const now = () => saturday;
  const own: World = { ...world, now, service, configuration: { ...world.configuration, services: [service] } };
  const release = releasing(own, new FakeSource());
  const { operation: id } = (await release.gather('one', release.person())) as { operation: string }; // it is gathered
  const deps = { ...own, rescueDeadHolder: async () => undefined, publishKept: async () => undefined };
  const api = operatorApi(own);
  const override = (reason: string) => api.post(`/api/operations/${id}/override-window`, { reason });
  return { world: own, release, id, deps, override, woken: own.workflow.nudged };
}
type Closed = Awaited<ReturnType<typeof closed>>;

describe('a deployment that finds its windows closed', () => {
  let at: Closed;
  beforeEach(async () => {
    at = await closed('wait');
  });

  it('waits, and is woken by nothing but an override, an abort or a newer release', async () => {
    expect(await at.release.validate('one')).toEqual({ outcome: 'passed' });
    expect(await readWindow(at.deps, execution)).toMatchObject({ outcome: 'closed' });
    await awaitWindow(at.deps, execution, 'token');

    expect(at.woken).toEqual([]);
  });

  it('is woken by an override, which stands in its record, and whose repetition keeps the first reason', async () => {
    await readWindow(at.deps, execution);
    await awaitWindow(at.deps, execution, 'token');

    await at.override('now');
    await at.override('once more');

    expect(at.woken).toEqual(['token']);
    expect(await at.world.store.operations.read(at.id)).toMatchObject({
      windowOverride: { actor: 'ana@example.com', reason: 'now' },
    });
    expect(await readWindow(at.deps, execution)).toEqual({ outcome: 'open' });
  });

  it('does not fall asleep over an override that came before its callback was stored', async () => {
    await readWindow(at.deps, execution);
    await at.override('now');

    await awaitWindow(at.deps, execution, 'token');

    expect(at.woken).toEqual(['token']);
  });

  it('cannot be overridden once it has passed them', async () => {
    await at.world.store.operations.enter(at.id, 'deploying', '2026-11-28T12:00:00Z');

    const answer = await at.override('x');

    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('has passed its windows');
  });
});

describe('where closed windows refuse', () => {
  it('it ends before anybody is asked for an approval, and is told when to come again', async () => {
    const at = await closed('refuse');

    expect(await at.release.validate('one')).toEqual({
      outcome: 'refused',
      ending: 'window-closed',
      reason: `${why.slice(0, -1)} [WindowClosed]. Deploy it again then: sluice deploy --version v2.1.0 --service ${at.world.service.name}`,
    });
  });

  it('and when they close while approvals are waited for', async () => {
    const at = await closed('refuse');

    expect(await readWindow(at.deps, execution)).toEqual({
      outcome: 'window-closed',
      ending: 'window-closed',
      reason: `${why.slice(0, -1)} [WindowClosed].`,
    });
  });

  it('a hotfix passes', async () => {
    const at = await closed('refuse');
    const hotfix = at.release.person({ type: 'hotfix', justification: 'it is down' });
    await at.release.gather('two', hotfix);

    expect(await at.release.validate('two')).toEqual({ outcome: 'passed' });
    expect(await readWindow(at.deps, executionOf('two'))).toEqual({ outcome: 'open' });
  });
});
