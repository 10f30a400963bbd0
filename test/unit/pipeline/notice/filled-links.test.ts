import { beforeEach, describe, expect, it } from 'vitest';
import { allOn } from '../../../../contracts/names.ts';
import type { Outcome } from '../../../../contracts/operation.ts';
import { because } from '../../../../contracts/reason.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import type { Trigger } from '../../../../contracts/trigger.ts';
import { createHandler } from '../../../../functions/notify/handler.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { createWorld, digest, executionOf, registerDeployment, start, type World } from '../support/world.ts';

const at = new Date(start).toISOString();
const links = {
  Pods: 'https://pods.example.com/search?namespace={{namespace}}',
  Traces: 'https://traces.example.com/{{ environment }}/{{version}}',
  Versions: 'https://versions.example.com/{{version}}',
  Runbooks: 'https://runbooks.example.com/#{{reasonCode}}',
};

describe('links are filled with what a page or a mail is about', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    world = { ...world, configuration: { ...world.configuration, links } };
  });

  const tell = (command: object) =>
    createHandler({ ...world, pagers: () => new Map([['webhook', world.pager]]), newToken: newLinkToken })(command);
  const page = async (name: string, reason: string) => {
    await tell({ action: 'page', execution: executionOf(name), service: world.service.name, reason });
    return world.pager.pages.at(-1)?.text ?? '';
  };
  const report = async (name: string) => {
    await tell({ action: 'report', execution: executionOf(name) });
    return world.mailer.sent.at(-1)?.text ?? '';
  };
  const end = (name: string, outcome: Outcome, reason = 'so it was') =>
    world.store.operations.end(idOf(executionOf(name)), { outcome, reason, at });
  /** A deployment of v2.1.0 to green. */
  const deployed = async (changes: Partial<OperationRecord> = { origin: 'blue', target: 'green', shiftedAt: at }) => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    await world.store.operations.update(operation.id, changes);
    return operation.id;
  };
  const rollback = async (trigger: Trigger, related: string | null, changes: Partial<OperationRecord>) => {
    const { service } = world;
    await registerOperation(world, { execution: executionOf('back-1'), service, trigger, kind: 'rollback', related });
    await world.store.operations.update(idOf(executionOf('back-1')), changes);
  };
  const failure = (operation: string): Trigger => ({
    ...{ kind: 'failure', service: world.service.name, operation, failed: 'green', cause: 'failed', reason: 'bad' },
  });
  const planned = (): Trigger => ({
    ...{ kind: 'person', wants: 'rollback', service: world.service.name, version: 'last-known-good', reason: 'worse' },
    ...{ emergency: false, hold: false, actor: 'ana@example.com', at: start },
  });

  it('a page about a deployment leads to its side and version, and the console to the operation', async () => {
    const id = await deployed();
    await end('deploy-1', 'frozen');

    const text = await page('deploy-1', because('RolloutFailed', 'unverified'));

    expect(text).toContain('Pods: https://pods.example.com/search?namespace=production-green\n');
    expect(text).toContain('Traces: https://traces.example.com/green/v2.1.0\n');
    expect(text).toContain('Runbooks: https://runbooks.example.com/#RolloutFailed\n');
    expect(text).toContain(`Console: https://sluice.example.com/#operation=${encodeURIComponent(id)}\n`);
  });

  it('leaves out a link that names what nobody knows', async () => {
    await deployed({ target: null });
    await end('deploy-1', 'failed-validation');

    const text = await report('deploy-1');

    expect(text).toContain('Versions: https://versions.example.com/v2.1.0');
    expect(text).not.toMatch(/pods\.example|traces\.example|runbooks\.example/);
  });

  it('without an operation the console is opened at the service', async () => {
    const text = await page('alert-9', 'both sides look bad');

    expect(text).toContain('Console: https://sluice.example.com/#service=chest-xray-mlops');
    expect(text).not.toMatch(/pods\.example|versions\.example/);
  });

  it.each([
    ['the report', async () => report('back-1')],
    ['a page', async () => page('back-1', 'The return could not be verified.')],
  ])('%s about a return leads to the side that the traffic left', async (_what, told) => {
    const id = await deployed();
    await end('deploy-1', 'rolled-back');
    await rollback(failure(id), id, { target: 'blue', origin: 'green', weights: allOn('blue') });
    await end('back-1', 'succeeded');

    const text = await told();

    expect(text).toContain('namespace=production-green');
    expect(text).toContain('https://traces.example.com/green/v2.1.0');
    expect(text).not.toContain('namespace=production-blue');
    expect(text).toContain(`/#operation=${encodeURIComponent(idOf(executionOf('back-1')))}`);
  });

  it('a return that has not looked at the route yet is about the target of what it returns', async () => {
    const id = await deployed();
    await rollback(failure(id), id, { target: null });

    expect(await page('back-1', 'stopped')).toContain('https://traces.example.com/green/v2.1.0');
  });

  it.each([
    ['succeeded', 'https://traces.example.com/blue/v2.0.0'],
    ['rolled-back', 'https://traces.example.com/green/v1.9.0'],
  ] as const)('a planned rollback that %s is about the side with the worse release', async (outcome, url) => {
    const live = { version: 'v2.0.0', digest, environment: 'blue' } as const;
    const release = { version: 'v1.9.0', commit: 'a'.repeat(40), digest, chartTree: null };
    await rollback(planned(), null, { target: 'green', origin: 'blue', live, release });
    await end('back-1', outcome);

    expect(await report('back-1')).toContain(url);
  });
});
