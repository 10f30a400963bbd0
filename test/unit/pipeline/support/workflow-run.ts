import { createHmac } from 'node:crypto';

const run = {
  id: 4711,
  run_attempt: 1,
  event: 'push',
  conclusion: 'success',
  head_branch: 'main',
  head_sha: 'a'.repeat(40),
  head_repository: { id: 99 },
  path: '.github/workflows/ci.yml',
  html_url: 'https://github.com/example/chest-xray-mlops/actions/runs/4711',
  actor: { login: 'ana' },
  triggering_actor: { login: 'ana' },
};

/** GitHub's delivery about a CI run that ended well, as far as it is read. */
export const workflowRun = (changes: object = {}) => ({
  action: 'completed',
  repository: { id: 99, full_name: 'example/chest-xray-mlops' },
  workflow: { path: '.github/workflows/ci.yml' },
  workflow_run: { ...run, ...changes },
});

/** The header `X-Hub-Signature-256` of a delivery. */
export const signatureOf = (secret: string, body: string | Uint8Array): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
