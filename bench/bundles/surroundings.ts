import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagedConfiguration, packagedNodeOptions } from '../../cdk/bundle-functions.ts';
import { type Installation, readExample } from '../../cdk/installation.ts';
import type { Dependencies } from './dependencies.ts';

/** The example, its cluster's address written down as docs/install.md has it, with everything that it asks on these dependencies. */
export function exampleOn({ url, certificate }: Pick<Dependencies, 'url' | 'certificate'>): Installation {
  const example = readExample();
  const { configuration } = example;
  const address = { endpoint: url, certificateAuthority: Buffer.from(certificate).toString('base64') };
  return {
    ...example,
    configuration: {
      ...configuration,
      clusters: configuration.clusters.map((cluster) => ({ ...cluster, address })),
      github: { ...configuration.github, apiUrl: url },
      services: configuration.services.map((service) => ({
        ...service,
        objectives: { ...service.objectives, source: { kind: 'prometheus', url } },
        environments: {
          blue: { ...service.environments.blue, preview: `${url}/preview` },
          green: { ...service.environments.green, preview: `${url}/preview` },
        },
      })),
    },
  };
}

const machine = 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice';

/** The variables of any function. @param folder where the dependencies' certificate is written. @returns those of one package. */
export function environmentOn({ url, certificate }: Pick<Dependencies, 'url' | 'certificate'>, folder: string) {
  const file = join(folder, 'certificate.pem');
  writeFileSync(file, certificate);
  return (packaged: string): Record<string, string> => ({
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIABENCH',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: url,
    BENCH_CLUSTER: url,
    BENCH_CLUSTER_CA: Buffer.from(certificate).toString('base64'),
    NODE_EXTRA_CA_CERTS: file,
    NODE_NO_WARNINGS: '1',
    NODE_OPTIONS: packagedNodeOptions,
    SLUICE_CONFIGURATION: join(packaged, packagedConfiguration),
    SLUICE_TABLE: 'sluice',
    SLUICE_EVENT_BUS: 'sluice',
    SLUICE_AUDIT_BUCKET: 'sluice-audit',
    SLUICE_DECISION_KEY: 'alias/sluice-decisions',
    SLUICE_AUDIT_KEY: 'alias/sluice-audit',
    SLUICE_DEPLOYMENT_MACHINE: `${machine}-deployment`,
    SLUICE_ROLLBACK_MACHINE: `${machine}-rollback`,
    SLUICE_TRAFFIC_MACHINE: `${machine}-traffic`,
    SLUICE_STANDBY_MACHINE: `${machine}-standby`,
    SLUICE_GITHUB_WEBHOOK_SECRET: 'sluice/github-webhook',
    SLUICE_ALERTMANAGER_TOKEN_SECRET: 'sluice/alertmanager-token',
    SLUICE_GITHUB_TOKEN_SECRET: 'sluice/github-token',
    SLUICE_GITHUB_READER_TOKEN_SECRET: 'sluice/github-reader-token',
    SLUICE_API_IDENTITY: 'gateway',
    SLUICE_SIGN_IN_ISSUER: 'https://login.example.com/',
    SLUICE_SIGN_IN_NAME_CLAIM: 'email',
  });
}
