import { beforeEach, describe, expect, it } from 'vitest';
import { createApp as createAlertmanager } from '../../../../functions/alertmanager-webhook/app.ts';
import { createApp as createGitHub } from '../../../../functions/github-webhook/app.ts';
import { startDeployment } from '../../../../pipeline/operator/starts.ts';
import { guardianOf, timerEvent } from '../support/guardian.ts';
import { signatureOf, workflowRun } from '../support/workflow-run.ts';
import { createWorld, fakeSecrets, machines, start, type World } from '../support/world.ts';

const service = 'chest-xray-mlops';
const secrets = fakeSecrets({ current: 'secret', previous: null });
const alert = {
  status: 'firing',
  labels: { alertname: 'HighErrorRate', service, environment: 'green', severity: 'critical' },
  annotations: { summary: 'Errors above 1 %' },
  startsAt: '2026-11-23T14:59:00.000Z',
  fingerprint: 'f1',
};

describe('an execution whose machine was deleted before its first task, and the event of which was lost', () => {
  let world: World;
  /** Whether Step Functions has forgotten the machine with its executions. */
  let deleted: boolean;
  beforeEach(async () => {
    world = await createWorld();
    deleted = false;
    const describe = world.workflow.describe.bind(world.workflow);
    world.workflow.describe = async (arn) => (deleted ? null : describe(arn));
  });

  const starters = {
    async GitHub() {
      const body = JSON.stringify(workflowRun());
      const headers = { 'x-github-event': 'workflow_run', 'x-hub-signature-256': signatureOf('secret', body) };
      const deps = { ...world, secrets, secretName: 'github', deploymentMachine: machines.deployment };
      await createGitHub(deps).request('/webhooks/github', { method: 'POST', body, headers });
    },
    async Alertmanager() {
      const deps = { ...world, secrets, secretName: 'alertmanager', rollbackMachine: machines.rollback };
      const body = JSON.stringify({ version: '4', alerts: [alert] });
      const headers = { authorization: 'Bearer secret' };
      await createAlertmanager(deps).request('/webhooks/alertmanager', { method: 'POST', body, headers });
    },
    async 'a person'() {
      const wanted = { service, version: 'v2.1.0', type: 'standard' as const, justification: null };
      const { deployment: deploymentMachine, rollback: rollbackMachine } = machines;
      const deps = { ...world, deploymentMachine, rollbackMachine, newId: () => 'once' };
      await startDeployment(deps, { ...wanted, actor: 'ana@example.com', key: null });
    },
  };
  const sweep = () => guardianOf(world)(timerEvent);

  it.each(['GitHub', 'a person'] as const)('a deployment that %s started has its one outcome', async (starter) => {
    await starters[starter]();
    deleted = true;
    world.pass(61_000);

    const [answer] = [await sweep(), await sweep()];

    expect(answer).toMatchObject([{ outcome: 'ended' }]);
    expect(await world.store.operations.list(service, 10)).toMatchObject([
      { kind: 'deployment', outcome: 'failed', startedAt: new Date(start).toISOString() },
    ]);
  });

  it('a rollback that an alert started is started once more', async () => {
    await starters.Alertmanager();
    deleted = true;
    world.pass(61_000);

    await sweep();
    await sweep();

    expect(world.workflow.started).toHaveLength(2);
    expect(world.workflow.started[1]).toMatchObject({ stateMachineArn: machines.rollback });
    expect(await world.store.operations.list(service, 10)).toMatchObject([{ kind: 'rollback', outcome: 'failed' }]);
  });

  it('is left alone while it may still begin, while it is known, and once it is long over', async () => {
    await starters.GitHub();
    deleted = true;
    await sweep();
    deleted = false;
    world.pass(61_000);
    await sweep();
    deleted = true;
    world.pass(25 * 3_600_000);
    await sweep();

    expect(await world.store.operations.list(service, 10)).toEqual([]);
  });

  it('is started although the database does not take the note of it', async () => {
    const record = async () => new Promise<never>(() => undefined);
    world = { ...world, store: { ...world.store, deliveries: { ...world.store.deliveries, record } } };

    await starters['a person']();

    expect(world.workflow.started).toHaveLength(1);
    expect(JSON.stringify(world.logged)).toContain('note the start of');
  });
});
