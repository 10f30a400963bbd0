import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { expect, it } from 'vitest';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { statesOf } from '../support/states.ts';

const run = promisify(execFile);
const { sandbox, pipeline } = observedSandbox('--no-load');

async function get(...words: string[]) {
  const { stdout } = await run(await layerBinary('kubectl'), [
    '--kubeconfig',
    sandbox.ready.kubeconfig,
    ...words,
    '-o',
    'json',
  ]);
  return JSON.parse(stdout);
}

it('kubectl and the AWS SDK read the same truth as the API', async () => {
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.inState(id, 'awaiting-approval');

  const service = await pipeline.service();
  const route = await get('get', 'virtualservice', 'chest-xray-mlops', '-n', 'production');
  const deployment = await get('get', 'deployment', 'chest-xray-mlops', '-n', 'production-blue');
  const application = await get('get', 'application', 'chest-xray-mlops-prod-blue', '-n', 'argocd');
  const weights = route.spec.http[0].route.map(({ weight }: { weight: number }) => weight);
  expect(weights).toEqual([service.environments.blue.weight, service.environments.green.weight]);
  expect(deployment.status.readyReplicas).toBe(service.environments.blue.ready);
  expect(deployment.spec.template.metadata.labels['app.kubernetes.io/version']).toBe(service.environments.blue.version);
  expect(application.status).toMatchObject({ sync: { status: 'Synced' }, health: { status: 'Healthy' } });

  const states = statesOf(sandbox);
  const stateMachineArn = sandbox.ready.stateMachines.deployment;
  const { executions = [] } = await states.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
  );
  expect(executions).toHaveLength(1);
  const described = await states.send(new DescribeExecutionCommand({ executionArn: executions[0]?.executionArn }));
  expect(JSON.parse(described.input ?? '').service).toBe('chest-xray-mlops');

  await pipeline.api(`/api/operations/${id}/abort`, {
    method: 'POST',
    body: JSON.stringify({ reason: 'the test is over' }),
  });
  await pipeline.endsAs(id, 'aborted');
});
