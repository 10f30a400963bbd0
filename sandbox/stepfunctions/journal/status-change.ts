import type { ExecutionStatus } from '../interpreter/execution.ts';
import { textOf } from '../interpreter/payload.ts';
import type { Execution } from './execution.ts';

/** EventBridge's "Step Functions Execution Status Change". Dates in `detail` are epoch milliseconds. */
export interface StatusChangeEvent {
  version: '0';
  id: string;
  'detail-type': 'Step Functions Execution Status Change';
  source: 'aws.states';
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: {
    executionArn: string;
    stateMachineArn: string;
    name: string;
    status: ExecutionStatus;
    startDate: number;
    stopDate: number | null;
    input: string;
    inputDetails: { included: true };
    output: string | null;
    outputDetails: { included: true } | null;
    error: string | null;
    cause: string | null;
    stateMachineVersionArn: null;
    stateMachineAliasArn: null;
    redriveCount: 0;
    redriveDate: null;
    redriveStatus: 'NOT_REDRIVABLE';
    redriveStatusReason: string;
  };
}

/** The event for an execution's change to `status`. */
export function statusChange(
  { header, inputText, state }: Execution,
  status: ExecutionStatus,
  { region, accountId, id }: { region: string; accountId: string; id: string },
): StatusChangeEvent {
  const ended = status === 'RUNNING' ? undefined : state;
  const stopDate = ended?.stopDate ?? null;
  return {
    version: '0',
    id,
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: accountId,
    time: `${new Date(stopDate ?? header.startDate).toISOString().slice(0, 19)}Z`,
    region,
    resources: [header.arn],
    detail: {
      executionArn: header.arn,
      stateMachineArn: header.stateMachineArn,
      name: header.name,
      status,
      startDate: header.startDate,
      stopDate,
      input: inputText,
      inputDetails: { included: true },
      output: ended?.output === undefined ? null : textOf(ended.output),
      outputDetails: ended?.output === undefined ? null : { included: true },
      error: ended?.error ?? null,
      cause: ended?.cause ?? null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason:
        status === 'RUNNING' ? 'Execution is RUNNING and cannot be redriven' : 'Redrive is not supported here',
    },
  };
}
