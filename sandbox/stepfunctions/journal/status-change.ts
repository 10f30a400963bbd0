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
    input: string | null;
    inputDetails: { included: boolean };
    output: string | null;
    outputDetails: { included: boolean } | null;
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

/**
 * What fits into an event, in bytes of JSON text: an output beyond it is left out, and an input that is beyond it together with the
 * output (Step Functions, "Automating event delivery with EventBridge").
 */
const eventLimit = 248 * 1024;

const escaped = (text: string | null): number => (text === null ? 0 : Buffer.byteLength(JSON.stringify(text)));

/** The event for an execution's change to `status`. */
export function statusChange(
  { header, inputText, state }: Execution,
  status: ExecutionStatus,
  { region, accountId, id }: { region: string; accountId: string; id: string },
): StatusChangeEvent {
  const ended = status === 'RUNNING' ? undefined : state;
  const stopDate = ended?.stopDate ?? null;
  const output = ended?.output === undefined ? null : textOf(ended.output);
  const hasOutput = escaped(output) <= eventLimit;
  const hasInput = escaped(inputText) + escaped(output) <= eventLimit;
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
      input: hasInput ? inputText : null,
      inputDetails: { included: hasInput },
      output: hasOutput ? output : null,
      outputDetails: output === null ? null : { included: hasOutput },
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
