import { reservedConcurrency } from '../contracts/reserved-concurrency.ts';
import type { FunctionSize } from './constructs/sluice-function.ts';
import type { FunctionName } from './function-names.ts';

/**
 * How each function runs. Timeouts lie below the shortest task that calls the function (test/cdk compares them with the
 * definitions), and for the HTTP ones below API Gateway's 30 s. Reserved: the way back must find room when everything else floods,
 * and what the public can call must not eat the account.
 */
export const functionSizes: Readonly<Record<FunctionName, FunctionSize>> = {
  'github-webhook': {
    purpose: 'Verifies deliveries of GitHub and starts deployments.',
    timeout: 10,
    memory: 512,
    reserved: reservedConcurrency['github-webhook'],
    called: 'synchronously',
  },
  'alertmanager-webhook': {
    purpose: 'Verifies alerts and starts the way back.',
    timeout: 10,
    memory: 1769,
    reserved: reservedConcurrency['alertmanager-webhook'],
    called: 'synchronously',
  },
  approvals: {
    purpose: 'Shows approvers what they approve and takes their decision.',
    timeout: 10,
    memory: 1024,
    reserved: reservedConcurrency.approvals,
    called: 'synchronously',
  },
  'api-read': {
    purpose: 'What people, the console and the CLI look at.',
    timeout: 25,
    memory: 1024,
    reserved: reservedConcurrency['api-read'],
    called: 'synchronously',
  },
  'api-operate': {
    purpose: 'What people and the CLI ask Sluice to do.',
    timeout: 25,
    memory: 1024,
    reserved: reservedConcurrency['api-operate'],
    called: 'synchronously',
  },
  plan: {
    purpose: 'Says what a deployment would be, without starting it.',
    timeout: 28,
    memory: 1024,
    reserved: reservedConcurrency.plan,
    called: 'synchronously',
  },
  release: {
    purpose: 'Reads what CI proved of a release and validates it.',
    timeout: 100,
    memory: 512,
    reserved: null,
    called: 'synchronously',
  },
  operation: {
    purpose: 'Keeps the books of an operation: approvals, lock, holds, outcome.',
    timeout: 45,
    memory: 512,
    reserved: null,
    called: 'synchronously',
  },
  observe: {
    purpose: 'Looks at the cluster and the metrics, and judges.',
    timeout: 58,
    // It waits more than it works, for half an hour of every deployment: its memory is most of what one costs (npm run bench:cost).
    memory: 192,
    reserved: null,
    called: 'synchronously',
  },
  act: {
    purpose: 'Changes the cluster and Git, under the fence.',
    timeout: 50,
    memory: 1024,
    reserved: null,
    called: 'synchronously',
  },
  'return-traffic': {
    purpose: 'The way back: takes the lock and returns the traffic.',
    timeout: 20,
    memory: 1769,
    reserved: reservedConcurrency['return-traffic'],
    called: 'synchronously',
  },
  notify: {
    purpose: 'Writes to approvers and pages the on-call.',
    timeout: 100,
    memory: 512,
    reserved: null,
    called: 'synchronously',
  },
  guardian: {
    purpose: 'Ends or rescues the operations of executions that died.',
    timeout: 60,
    memory: 512,
    reserved: reservedConcurrency.guardian,
    called: 'asynchronously',
  },
  watch: {
    purpose:
      'Looks for frozen services, stuck operations, unreachable clusters, and changes while nothing is deployed.',
    timeout: 30,
    memory: 512,
    reserved: reservedConcurrency.watch,
    called: 'asynchronously',
  },
};
