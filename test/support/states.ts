import { SFNClient } from '@aws-sdk/client-sfn';
import type { SandboxProcess } from './sandbox-process.ts';

/** Step Functions of a sandbox, by the AWS SDK. */
export const statesOf = (sandbox: Pick<SandboxProcess, 'ready'>): SFNClient =>
  new SFNClient({
    endpoint: sandbox.ready.endpoints.stepfunctions,
    region: 'us-east-1',
    credentials: { accessKeyId: 'anybody', secretAccessKey: 'anything' },
  });
