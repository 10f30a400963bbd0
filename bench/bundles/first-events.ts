import type { FunctionName } from '../../cdk/function-names.ts';

const service = 'chest-xray-mlops';
const execution = {
  arn: 'arn:aws:states:us-east-1:123456789012:execution:sluice-deployment:deploy-1',
  name: 'deploy-1',
  startedAt: '2026-11-23T15:00:00Z',
  service,
};
const trigger = {
  kind: 'person',
  wants: 'rollback',
  service,
  version: 'last-known-good',
  reason: 'a bench',
  emergency: true,
  actor: 'ana@example.com',
  at: 1_795_532_400_000,
};

/** A request as API Gateway hands it on (payload 2.0). */
const request = (method: string, path: string, more: object = {}) => ({
  version: '2.0',
  routeKey: `${method} ${path}`,
  rawPath: path,
  rawQueryString: '',
  headers: {
    host: 'sluice.example.com',
    'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
    authorization: 'Bearer somebody',
  },
  requestContext: {
    accountId: '123456789012',
    domainName: 'sluice.example.com',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'bench' },
    ...more,
  },
  isBase64Encoded: false,
  ...(method === 'POST' ? { body: '{}' } : {}),
});

/** A person whom API Gateway's authoriser found. */
const signedIn = {
  authorizer: {
    jwt: { claims: { iss: 'https://login.example.com/', email: 'ana@example.com', email_verified: 'true' } },
  },
};

/** With what each function is called first: something that leads it to AWS or the cluster by its usual way. */
export const firstEvents: Readonly<Record<FunctionName, object>> = {
  'github-webhook': request('POST', '/webhooks/github'),
  'alertmanager-webhook': request('POST', '/webhooks/alertmanager'),
  approvals: request('GET', `/approvals/${'A'.repeat(43)}`),
  api: request('GET', '/api/services', signedIn),
  release: { action: 'validate', execution },
  operation: { action: 'read-approval', execution },
  observe: { action: 'observe-live', execution },
  act: { action: 'raise-capacity', execution },
  'return-traffic': { action: 'return-traffic', execution, service, trigger },
  notify: { action: 'remind-approvers', execution },
  guardian: {
    source: 'aws.states',
    detail: {
      executionArn: execution.arn,
      stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-deployment',
      name: execution.name,
      status: 'FAILED',
      startDate: 1_795_532_400_000,
      input: JSON.stringify({ service }),
    },
  },
  watch: { source: 'aws.events', 'detail-type': 'Scheduled Event' },
};
