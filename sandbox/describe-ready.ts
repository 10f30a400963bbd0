import { resolve } from 'node:path';
import type { Ready } from './ready.ts';

/** Where everything is, for whoever started the sandbox. The only secret in it is the link that signs in. */
export function describeReady(ready: Ready, readyFile: string): string {
  const bearer = (secret: keyof Ready['secrets']) => `401 in a browser: needs the bearer token ${secret}`;
  const { region, accessKeyId, secretAccessKey } = ready.aws;
  return [
    row('you are', ready.operator, 'somebody else: --as, SLUICE_USER'),
    row('console', ready.signIn),
    row('mail', ready.mail),
    row(
      'traffic',
      ready.traffic,
      `404 in a browser: needs the header Host: ${Object.values(ready.hosts).join(' or ')}`,
    ),
    row('API', `${ready.console}/api`, bearer('apiToken')),
    row('GitHub webhook', ready.githubWebhook, 'takes POST, signed with githubWebhook'),
    row('Alertmanager webhook', ready.alertmanagerWebhook, 'takes POST, needs the bearer token alertmanagerToken'),
    row('GitHub', ready.github, bearer('githubToken')),
    ...(ready.monitoring === null
      ? []
      : [row('Prometheus', ready.monitoring.prometheus), row('Alertmanager', ready.monitoring.alertmanager)]),
    row('tokens', readyFile),
    ...(resolve(readyFile) === resolve('.sluice', 'ready.json')
      ? []
      : [row('sluice', `export SLUICE_READY_FILE=${readyFile}`)]),
    row('kubectl', `export KUBECONFIG=${ready.kubeconfig}`),
    '',
    '  AWS, for the CLI (--endpoint-url) and SDKs. Every endpoint takes this access key. They speak AWS’s own protocols: a browser gets an error, or nothing of use:',
    `  export AWS_REGION=${region} AWS_DEFAULT_REGION=${region} AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    ...Object.entries(ready.endpoints).map(([service, endpoint]) => row(service, endpoint)),
  ].join('\n');
}

const row = (name: string, where: string, note?: string): string =>
  `  ${name.padEnd(20)}  ${where}${note === undefined ? '' : `  (${note})`}`;
