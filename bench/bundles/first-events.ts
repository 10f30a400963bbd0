import { createHmac } from 'node:crypto';
import type { FunctionName } from '../../cdk/function-names.ts';
import { execution, service } from './deployment.ts';
import { approvalToken } from './table-items.ts';

/** What a function is called with, and what its answer has to contain. */
export interface FirstEvent {
  readonly event: object;
  readonly expected: object;
}

export const secret = 'bench-secret';

/** A request as API Gateway hands it on (payload 2.0). */
function request(
  method: string,
  path: string,
  more: { headers?: object; body?: object; authorizer?: object; query?: string } = {},
) {
  const { headers, body, authorizer, query = '' } = more;
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: query,
    headers: { host: 'sluice.example.com', 'content-type': 'application/json', ...headers },
    requestContext: {
      accountId: '123456789012',
      domainName: 'sluice.example.com',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'bench' },
      ...(authorizer === undefined ? {} : { authorizer }),
    },
    isBase64Encoded: false,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

const workflow = '.github/workflows/ci.yml';
const workflowRun = {
  action: 'completed',
  repository: { id: 99, full_name: `example/${service}` },
  workflow: { path: workflow },
  workflow_run: {
    ...{ id: 4711, run_attempt: 1, event: 'push', conclusion: 'success', path: workflow },
    ...{ head_branch: 'main', head_sha: 'a'.repeat(40), head_repository: { id: 99 } },
    html_url: `https://github.com/example/${service}/actions/runs/4711`,
    ...{ actor: { login: 'ana' }, triggering_actor: { login: 'ana' } },
  },
};
const signature = createHmac('sha256', secret).update(JSON.stringify(workflowRun)).digest('hex');

const alerts = {
  ...{ version: '4', groupKey: '{}', status: 'firing', receiver: 'sluice', externalURL: 'https://alerts.example.com' },
  ...{ groupLabels: {}, commonLabels: {}, commonAnnotations: {}, truncatedAlerts: 0 },
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'HighErrorRate', service, environment: 'green', severity: 'critical' },
      annotations: { summary: 'a tenth fails' },
      startsAt: '2026-11-23T15:10:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'https://prometheus.example.com',
      fingerprint: '3307d901fd72bc35',
    },
  ],
};

/** A person whom API Gateway's authoriser found. */
const claims = { iss: 'https://login.example.com/', email: 'ana@example.com', email_verified: 'true' };

const rollback = { ...execution, name: 'rollback-1', startedAt: '2026-11-23T15:11:00.000Z' };

/** One usual call for each function, in the middle of the deployment. */
export const firstEvents: Readonly<Record<FunctionName, FirstEvent>> = {
  'github-webhook': {
    event: request('POST', '/webhooks/github', {
      headers: {
        'x-github-event': 'workflow_run',
        'x-github-delivery': '1',
        'x-hub-signature-256': `sha256=${signature}`,
      },
      body: workflowRun,
    }),
    expected: { statusCode: 202 },
  },
  'alertmanager-webhook': {
    event: request('POST', '/webhooks/alertmanager', { headers: { authorization: `Bearer ${secret}` }, body: alerts }),
    expected: { statusCode: 202 },
  },
  approvals: { event: request('GET', `/approvals/${approvalToken}`), expected: { statusCode: 200 } },
  'api-read': {
    event: request('GET', '/api/services', { authorizer: { jwt: { claims } } }),
    expected: { statusCode: 200 },
  },
  'api-operate': {
    event: request('POST', '/api/deployments', {
      authorizer: { jwt: { claims } },
      body: { service, version: 'v2.1.0' },
    }),
    expected: { statusCode: 202 },
  },
  plan: {
    event: request('GET', `/api/services/${service}/plan`, {
      authorizer: { jwt: { claims } },
      query: 'version=v2.1.0',
    }),
    expected: { statusCode: 200 },
  },
  release: { event: { action: 'validate', execution }, expected: { outcome: 'passed' } },
  operation: { event: { action: 'acquire-lock', execution }, expected: { outcome: 'acquired' } },
  observe: { event: { action: 'judge', execution, weight: 25 }, expected: { outcome: 'passed' } },
  act: { event: { action: 'set-weight', execution, weight: 50, seq: 4 }, expected: { outcome: 'set' } },
  'return-traffic': {
    event: {
      ...{ action: 'return-traffic', execution: rollback, service },
      trigger: {
        ...{ kind: 'person', wants: 'rollback', service, version: 'last-known-good', reason: 'a bench' },
        ...{ emergency: true, actor: 'ana@example.com', at: Date.parse(rollback.startedAt) },
      },
    },
    expected: { outcome: 'returned' },
  },
  notify: { event: { action: 'report', execution }, expected: { outcome: 'reported' } },
  guardian: {
    event: {
      source: 'aws.states',
      detail: {
        executionArn: execution.arn,
        stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-deployment',
        ...{ name: execution.name, status: 'FAILED', startDate: Date.parse(execution.startedAt) },
        input: JSON.stringify({ service }),
      },
    },
    expected: { outcome: 'rescue-started' },
  },
  watch: { event: { source: 'aws.events', 'detail-type': 'Scheduled Event' }, expected: { unreachable: [] } },
};
