import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Execution } from '../../../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { minutes } from '../../../../contracts/duration.ts';
import { allOn } from '../../../../contracts/names.ts';
import type { Outcome } from '../../../../contracts/operation.ts';
import { because, type Reason } from '../../../../contracts/reason.ts';
import { createHandler } from '../../../../functions/notify/handler.ts';
import { summarise } from '../../../../pipeline/approval/deployment-summary.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { editItem } from '../../../support/table.ts';
import { createWorld, executionOf, personTrigger, registerDeployment, start, type World } from '../support/world.ts';

describe('notify: reports and pages', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });

  const notify = (command: object) =>
    createHandler({ ...world, pagers: () => new Map([['webhook', world.pager]]), newToken: newLinkToken })(command);
  const end = (execution: Execution, outcome: Outcome, reason: string) =>
    world.store.operations.end(idOf(execution), { outcome, reason, at: new Date(start).toISOString() });

  it('reports an ended operation once, however often the state runs', async () => {
    const { execution } = await registerDeployment(world, { name: 'deploy-1' });
    await end(execution, 'succeeded', 'v2.1.0 has 100 % of the traffic on green.');

    expect(await notify({ action: 'report', execution })).toEqual({ outcome: 'reported' });
    expect(await notify({ action: 'report', execution })).toEqual({ outcome: 'reported-before' });

    expect(world.mailer.recipients).toEqual(['devops@example.com']);
    expect(world.mailer.sent[0]?.subject).toBe('chest-xray-mlops v2.1.0: deployment succeeded');
    expect(world.mailer.sent[0]?.text).toContain('https://grafana.example.com/d/chest-xray-mlops');
  });

  it.each([
    ['of a deployment that succeeded, the new version', { blue: 0, green: 100 }, 'Live now: v2.1.0 on green'],
    ['of one whose traffic stayed or came back, the old one', { blue: 100, green: 0 }, 'Live now: v2.0.0 on blue'],
    ['of traffic that is split, both shares', { blue: 75, green: 25 }, 'Traffic: blue 75 %, green 25 %'],
  ])('says what serves now: %s', async (_when, weights, words) => {
    const { execution } = await registerDeployment(world, { name: 'deploy-1' });
    const shiftedAt = new Date(start).toISOString();
    await world.store.operations.update(idOf(execution), { weights, origin: 'blue', target: 'green', shiftedAt });
    await end(execution, 'succeeded', 'done');

    await notify({ action: 'report', execution });

    const text = world.mailer.sent[0]?.text ?? '';
    expect(text).toContain(words);
    expect(text).toContain('Live before: v2.0.0 on blue');
    expect(text.match(/Live now/g) ?? []).toHaveLength(words.startsWith('Live now') ? 1 : 0);
  });

  it.each(['rejected', 'expired', 'frozen', 'superseded', 'aborted', 'failed-validation'] as const)(
    'says of a release that was %s before it had any traffic what is live now, not what was before it',
    async (outcome) => {
      const { execution } = await registerDeployment(world, { name: 'deploy-1' });
      await end(execution, outcome, 'no');

      await notify({ action: 'report', execution });

      const text = world.mailer.sent[0]?.text ?? '';
      expect(text).toContain('Live now: v2.0.0 on blue, with all of the traffic');
      expect(text).not.toContain('Live before');
    },
  );

  it('does not call live now what another operation may have replaced meanwhile', async () => {
    const { execution } = await registerDeployment(world, { name: 'deploy-1' });
    const { execution: other } = await registerDeployment(world, { name: 'deploy-2' });
    await world.store.operations.update(idOf(other), { shiftedAt: new Date(start).toISOString() });
    await end(execution, 'superseded', 'no');

    await notify({ action: 'report', execution });

    const text = world.mailer.sent[0]?.text ?? '';
    expect(text).toContain('Live when last checked: v2.0.0 on blue');
    expect(text).not.toContain('Live now');
  });

  /** An emergency that has returned what `related` brought. */
  const returnAtOnce = async (name: string, related: Execution, target: 'blue' | 'green') => {
    const execution = executionOf(name);
    const { service } = world;
    await registerOperation(world, {
      ...{ execution, service, kind: 'rollback', related: idOf(related) },
      trigger: {
        ...{
          kind: 'person',
          wants: 'rollback',
          service: service.name,
          version: 'last-known-good',
          reason: 'slow',
          hold: false,
        },
        ...{ emergency: true, actor: 'ana@example.com', at: start },
      },
    });
    const weights = target === 'blue' ? { blue: 100, green: 0 } : { blue: 0, green: 100 };
    await world.store.operations.update(idOf(execution), { target, weights });
    world.pass(1_000);
    const at = new Date(world.now()).toISOString();
    await world.store.operations.end(idOf(execution), { outcome: 'succeeded', reason: 'slow', at });
    return execution;
  };

  it.each([
    ['by their records', {}, null, ' to v2.0.0', 'v2.1.0 on green', ', away from v2.0.0'],
    [
      'unless another one may have replaced it',
      { gitCommit: 'c0ffee' },
      'green',
      ' to v2.0.0',
      'green',
      ', away from v2.0.0',
    ],
    ['and none that no record knows', {}, null, '', 'green', ''],
  ] as const)('names the versions of two emergencies in a row %s', async (_when, changes, target, to, live, away) => {
    const { execution: deployment } = await registerDeployment(world, { name: 'deploy-1' });
    const shiftedAt = new Date(start).toISOString();
    await world.store.operations.update(idOf(deployment), {
      ...{ origin: 'blue', target: 'green', shiftedAt },
      ...(to === '' ? { release: null, live: null } : {}),
    });
    await end(deployment, 'rolled-back', 'slow');
    const first = await returnAtOnce('first', deployment, 'blue');
    if (target !== null) {
      const { execution: other } = await registerDeployment(world, { name: 'deploy-2' });
      await world.store.operations.update(idOf(other), { ...changes, target, origin: 'blue' });
      world.pass(1_000);
      const at = new Date(world.now()).toISOString();
      await world.store.operations.end(idOf(other), { outcome: 'failed', reason: 'no', at });
    }
    const second = await returnAtOnce('second', first, 'green');

    await notify({ action: 'report', execution: second });

    const { subject, text } = world.mailer.sent[0] ?? { subject: '', text: '' };
    expect(text.split('\n')).toContain(`Returned: rollback ${idOf(first)}${to}`);
    expect(text).toContain(`Live now: ${live}, with all of the traffic`);
    expect(subject).toBe(`chest-xray-mlops: traffic is back on green${away}`);
    expect(text).not.toContain('unknown version');
  });

  it.each([
    ['once', 0],
    ['twice', 1],
  ])(
    'a report that died %s before its mail is sent once, and no intent stays without a result (I9)',
    async (_when, sent) => {
      const { execution } = await registerDeployment(world, { name: 'deploy-1' });
      await end(execution, 'succeeded', 'done');
      const died = { at: world.now(), actor: 'sluice', action: 'report', phase: 'intent' as const, details: {} };
      for (let time = 0; time <= sent; time += 1) await world.store.audit.append(idOf(execution), died);

      await notify({ action: 'report', execution });
      await notify({ action: 'report', execution });

      expect(world.mailer.sent).toHaveLength(1);
      const phases = (await world.store.audit.list(idOf(execution)))
        .filter(({ action }) => action === 'report')
        .map(({ phase }) => phase);
      expect(phases.filter((phase) => phase === 'result')).toHaveLength(sent + 2);
      expect(phases.filter((phase) => phase === 'intent')).toHaveLength(sent + 2);
    },
  );

  it('says of a rollback what was returned, why, and what the diagnosis found', async () => {
    const { execution: deployment } = await registerDeployment(world, { name: 'deploy-1' });
    await end(deployment, 'rolled-back', 'alert');
    const execution = executionOf('alert-1');
    await registerOperation(world, {
      execution,
      service: world.service,
      kind: 'rollback',
      related: idOf(deployment),
      trigger: {
        kind: 'alert',
        service: world.service.name,
        environment: 'green',
        name: 'HighErrorRate',
        severity: 'critical',
        fingerprint: 'f1',
        summary: null,
        startsAt: start,
      },
    });
    const log = Array.from({ length: 19 }, (_, line) => `GET /health 200 ${line}`);
    const found = ['log of xray-1, container app:', ...log, 'Error: the model file is truncated'].join('\n');
    const diagnosis = ['green: 1 of 3 pods ready', found];
    await world.store.operations.update(idOf(execution), { target: 'blue', diagnosis });
    await end(execution, 'frozen', 'The return could not be verified.');

    await notify({ action: 'report', execution });

    const { subject, text } = world.mailer.sent[0] ?? { subject: '', text: '' };
    expect(subject).toBe('chest-xray-mlops: rollback frozen');
    for (const part of [
      `deployment ${idOf(deployment)} of v2.1.0`,
      'HighErrorRate',
      '1 of 3 pods ready',
      'rolled-back',
      'Traffic: all at once',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/unknown|each judged for/);
    // What went wrong stands at the end of a log.
    expect(text).toContain(`(14 earlier lines: sluice operation ${idOf(execution)})`);
    expect(text).toContain('GET /health 200 18\n  | Error: the model file is truncated');
    expect(text).not.toContain('GET /health 200 13\n');
  });

  /** The report of the rollback that brought a switch by hand of v2.0.5 back to blue, which runs `onBlue`. */
  const reportReturned = async (
    { cause, reason }: { cause: 'failed' | 'expired'; reason: Reason },
    onBlue: string,
    pausedBecause: string | null = null,
  ) => {
    const split = executionOf('split-1');
    const { service } = world;
    await registerOperation(world, {
      ...{ execution: split, service, kind: 'switch-traffic' },
      trigger: {
        ...{ kind: 'person', wants: 'traffic', service: service.name, from: 'blue', to: 'green', percentage: 20 },
        ...{ until: start, reason: 'look', actor: 'ana@example.com', at: start },
      },
    });
    await world.store.operations.update(idOf(split), {
      ...{ origin: 'blue', target: 'green', weights: { blue: 100, green: 0 }, pausedBecause },
      live: { version: onBlue, digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' },
      release: { version: 'v2.0.5', commit: 'c0ffee', digest: `sha256:${'cd'.repeat(32)}`, chartTree: null },
    });
    const execution = executionOf('return-1');
    const operation = idOf(split);
    const trigger = { kind: 'failure' as const, service: service.name, operation, failed: null, cause, reason };
    await registerOperation(world, { execution, service, kind: 'rollback', related: operation, reason, trigger });
    const diagnosis = ['2 pods, none of them with a problem', 'the last lines of a pod'];
    await world.store.operations.update(idOf(execution), {
      target: 'blue',
      weights: { blue: 100, green: 0 },
      diagnosis,
    });
    await end(execution, 'succeeded', reason);
    await notify({ action: 'report', execution });
    const [mail] = world.mailer.sent;
    return { subject: mail?.subject, text: mail?.text ?? '', split: operation };
  };

  it('does not call a split that ended at its own deadline a failure', async () => {
    const told = 'The split ended as planned: it was to last until noon, and nobody extended it.';
    const reason = because('SplitEnded', told);

    const { subject, text, split } = await reportReturned({ cause: 'expired', reason }, 'v2.0.5');

    expect(subject).toBe('chest-xray-mlops: traffic is back on blue, the split ended as planned');
    expect(text).toContain(`Why: deadline of ${split}: ${reason}`);
    expect(text).toContain(`Trigger: deadline of ${split}: ${reason}`);
    expect(text).not.toMatch(/failure|away from/);
    expect(text).not.toContain('the last lines of a pod');
  });

  it.each([
    ['a failure, with the same version on both sides', 'failed', 'v2.0.5', null, ''],
    ['a failure, with another version', 'failed', 'v2.0.4', null, ', away from v2.0.5'],
    ['the deadline of a pause', 'expired', 'v2.0.4', 'no data', ', away from v2.0.5'],
  ] as const)('says what the traffic was taken away from after %s', async (_when, cause, onBlue, paused, words) => {
    const { subject, text } = await reportReturned(
      { cause, reason: because('ObjectiveBroken', 'slow') },
      onBlue,
      paused,
    );

    expect(subject).toBe(`chest-xray-mlops: traffic is back on blue${words}`);
    expect(text).toContain('the last lines of a pod');
    expect(text).not.toContain('as planned');
  });

  it('names the version that a person asked for where there is no release of it', async () => {
    const execution = executionOf('deploy-1');
    const trigger = { ...personTrigger(world), version: 'v9.9.9' };
    await registerOperation(world, { execution, service: world.service, trigger, kind: 'deployment' });
    await end(execution, 'failed-validation', 'There is no v9.9.9.');

    await notify({ action: 'report', execution });

    expect(world.mailer.sent[0]?.subject).toBe('chest-xray-mlops v9.9.9: deployment failed-validation');
    expect(world.mailer.sent[0]?.text).toContain('Version: v9.9.9');
  });

  it('says of what was refused before it looked that it moved nothing, and what was live by the last record', async () => {
    const { operation, execution: before } = await registerDeployment(world, { name: 'deploy-1' });
    const at = new Date(start).toISOString();
    await world.store.operations.update(operation.id, { target: 'green', weights: allOn('green'), shiftedAt: at });
    await end(before, 'succeeded', 'done');
    const execution = executionOf('deploy-2');
    const trigger = { ...personTrigger(world), version: 'v9.9.9' };
    await registerOperation(world, { execution, service: world.service, trigger, kind: 'deployment' });
    await end(execution, 'failed-validation', 'There is no v9.9.9.');

    await notify({ action: 'report', execution });

    const text = world.mailer.sent.at(-1)?.text;
    expect(text).toContain('Traffic: no traffic was moved');
    expect(text).toContain(`Live by the last record: ${operation.release?.version} on green`);
    expect(text).not.toContain('each judged for');
  });

  it('links the commit where the run is, on GitHub Enterprise too', async () => {
    const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
    const { digest, commit } = operation.release ?? { digest: '', commit: '' };
    const known = await world.store.releases.read(world.service.name, digest);
    const runUrl = 'https://github.corp.example/example/chest-xray-mlops/actions/runs/7';
    const key = { pk: `RELEASE#${world.service.name}`, sk: `RELEASE#${digest}` };
    await editItem(world.table, key, 'evidence', { ...known?.evidence, runUrl });
    await end(execution, 'succeeded', 'done');

    await notify({ action: 'report', execution });

    expect(world.mailer.sent[0]?.html).toContain(
      `https://github.corp.example/example/chest-xray-mlops/commit/${commit}`,
    );
  });

  it('links the commit where the configured GitHub is, of a release that is not recorded', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    const repositoryUrl = 'https://github.corp.example/example/chest-xray-mlops';

    const { facts } = summarise(operation, { ...world.service, repositoryUrl }, null);

    expect(facts).toContainEqual(
      expect.objectContaining({ name: 'Commit', url: `${repositoryUrl}/commit/${operation.release?.commit}` }),
    );
  });

  it('escapes what others wrote', async () => {
    const { execution } = await registerDeployment(world, { name: 'deploy-1', author: '<script>alert(1)</script>' });
    await end(execution, 'succeeded', '<b>done</b>');

    await notify({ action: 'report', execution });

    expect(world.mailer.sent[0]?.html).not.toMatch(/<script>|<b>/);
  });

  it('pages through the pager and by mail, once', async () => {
    const { execution } = await registerDeployment(world, { name: 'deploy-1' });
    await end(execution, 'frozen', 'unverified');
    const command = { action: 'page', execution, service: world.service.name, reason: 'unverified' };

    expect(await notify(command)).toEqual({ outcome: 'paged' });
    expect(await notify(command)).toEqual({ outcome: 'paged-before' });

    expect(world.pager.pages).toHaveLength(1);
    expect(world.pager.pages[0]?.subject).toBe('chest-xray-mlops is frozen: a person has to act');
    expect(world.mailer.sent.map(({ subject }) => subject)).toEqual([
      '[page] chest-xray-mlops is frozen: a person has to act',
    ]);
  });

  it('says of a frozen service what begins no more and what still happens, in the page, the report and the runbook', async () => {
    const words = 'No deployment begins until a person ends the freeze. Alerts and emergencies still return traffic.';
    const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
    await end(execution, 'frozen', 'unverified');
    const at = new Date(start).toISOString();
    const frozen = { reason: 'unverified', operation: operation.id, by: 'sluice', at };
    await world.store.releases.freeze(world.service.name, frozen);

    await notify({ action: 'page', execution, service: world.service.name, reason: 'unverified' });
    await notify({ action: 'report', execution });

    expect(world.pager.pages[0]?.text).toContain(`\n${words} Look at the traffic first.`);
    expect(world.mailer.sent.at(-1)?.text).toContain(`by sluice: unverified. ${words}\n`);
    const runbook = await readFile('docs/runbooks/frozen-service.md', 'utf8');
    expect(runbook.replaceAll('\n', ' ')).toContain(words);
  });

  describe('whom to call', () => {
    const contacts = [
      { level: 1, who: 'on-call engineer', how: ['#production', '+1 555 0100'], after: minutes(0) },
      { level: 2, who: 'team lead', how: ['lea@example.com'], after: minutes(15) },
    ];
    const words = [
      'Level 1: on-call engineer: #production, +1 555 0100',
      'Level 2, after 15 min without an answer: team lead: lea@example.com',
    ].join('\n');
    const shared = { grafana: 'https://other.example.com', runbooks: 'https://runbooks.example.com/{{service}}' };
    /** An installation with contacts and links for every service. */
    const configured = (service: ServiceConfiguration = world.service) => ({
      ...world,
      configuration: { ...world.configuration, contacts, links: shared, services: [service] },
      pagers: () => new Map([['webhook', world.pager]]),
      newToken: newLinkToken,
    });
    const tell = (command: object, deps = configured()) => createHandler(deps)(command);

    it('stands in a page, with the links of the installation beside those of the service', async () => {
      const { execution } = await registerDeployment(world, { name: 'deploy-1' });
      await end(execution, 'frozen', 'unverified');

      await tell({ action: 'page', execution, service: world.service.name, reason: 'unverified' });

      const [page] = world.pager.pages;
      expect(page?.text).toContain(words);
      expect(page?.text).toContain('Runbooks: https://runbooks.example.com/chest-xray-mlops');
      expect(page?.text).toContain('Grafana: https://grafana.example.com/d/chest-xray-mlops');
      expect(page?.text).not.toContain('other.example.com');
      expect(world.mailer.sent[0]?.text).toContain(words);
    });

    it('is of the service itself where it has contacts of its own', async () => {
      const own = [{ level: 1, who: 'radiology on-call', how: ['#radiology'], after: minutes(0) }];
      const service = { ...world.service, notify: { ...world.service.notify, contacts: own } };
      const { execution } = await registerDeployment(world, { name: 'deploy-1' });
      await end(execution, 'frozen', 'unverified');

      await tell({ action: 'page', execution, service: service.name, reason: 'unverified' }, configured(service));

      expect(world.pager.pages[0]?.text).toContain('Level 1: radiology on-call: #radiology');
      expect(world.pager.pages[0]?.text).not.toContain('on-call engineer');
    });

    it.each([
      ['failed', true],
      ['frozen', true],
      ['rolled-back', true],
      ['succeeded', false],
      ['superseded', false],
    ] as const)('stands in the report of what ended as %s: %s', async (outcome, isThere) => {
      const { execution } = await registerDeployment(world, { name: 'deploy-1' });
      await end(execution, outcome, 'so it was');

      await tell({ action: 'report', execution });

      expect(world.mailer.sent[0]?.text.includes(words)).toBe(isThere);
      expect(world.mailer.sent[0]?.html.includes('lea@example.com')).toBe(isThere);
    });
  });

  it('writes the mail although the pager is away, and then repeats the page alone', async () => {
    const execution = executionOf('alert-9');
    const command = { action: 'page', execution, service: world.service.name, reason: 'both sides look bad' };
    world.pager.fails = true;
    await expect(notify(command)).rejects.toMatchObject({ name: 'DependencyUnavailable' });

    world.pager.fails = false;
    await notify(command);

    expect(world.pager.pages).toHaveLength(1);
    expect(world.mailer.sent).toHaveLength(1);
  });
});
