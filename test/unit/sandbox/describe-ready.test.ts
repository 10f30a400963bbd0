import { expect, it } from 'vitest';
import { describeReady } from '../../../sandbox/describe-ready.ts';
import type { Ready } from '../../../sandbox/ready.ts';

const endpoint = 'http://127.0.0.1:4000';
const ready: Ready = {
  console: endpoint,
  operator: 'ana@example.com',
  signIn: `${endpoint}/?key=abc`,
  githubWebhook: endpoint,
  alertmanagerWebhook: endpoint,
  mail: endpoint,
  traffic: endpoint,
  host: 'shop.example.com',
  hosts: { shop: 'shop.example.com' },
  kubeconfig: '/data/kubeconfig',
  github: endpoint,
  statistics: endpoint,
  monitoring: null,
  endpoints: {
    ...{ stepfunctions: endpoint, lambda: endpoint, dynamodb: endpoint, ses: endpoint, eks: endpoint, ecr: endpoint },
    ...{ secretsmanager: endpoint, events: endpoint, s3: endpoint, sns: endpoint, kms: endpoint, cloudwatch: endpoint },
    loadbalancing: endpoint,
  },
  aws: { region: 'us-east-1', accessKeyId: 'AKIA', secretAccessKey: 'sandbox' },
  secrets: { githubWebhook: 'a', alertmanagerToken: 'b', apiToken: 'c', githubToken: 'd' },
  stateMachines: { deployment: 'arn:1', rollback: 'arn:2', traffic: 'arn:3', standby: 'arn:4' },
  pid: 1,
};

it('says what the command line needs where it does not look by itself', () => {
  expect(describeReady(ready, '/elsewhere/ready.json')).toMatch(
    /^ {2}sluice +export SLUICE_READY_FILE=\/elsewhere\/ready\.json$/m,
  );
});

it('says nothing of it where the command line looks', () => {
  expect(describeReady(ready, '.sluice/ready.json')).not.toContain('SLUICE_READY_FILE');
});
