import {
  DescribeExecutionCommand,
  type ExecutionListItem,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { seconds } from '../../contracts/duration.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { type Instant, instant } from '../../contracts/instant.ts';
import { type AwsOptions, awsClientConfig, callAws, isAwsError } from '../shared/aws.ts';
import type { CallOptions } from '../shared/call-dependency.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

export interface ExecutionDescription {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAt: Instant;
  readonly stoppedAt: Instant | null;
  /** JSON text, as Step Functions keeps it. */
  readonly input: string | null;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
}

/** An execution as a list has it: without input and output. */
export type ListedExecution = Pick<ExecutionDescription, 'executionArn' | 'startedAt' | 'stoppedAt'>;

export interface ExecutionsOf {
  readonly stateMachineArn: string;
  readonly status: ExecutionStatus;
  /** At most so many, the newest by their start; up to 1,000. */
  readonly limit: number;
}

export interface ExecutionStart extends CallOptions {
  readonly stateMachineArn: string;
  /** At most 80 characters; it stays taken for 90 days, which is what makes a redelivery harmless (AWS limit, I10). */
  readonly name: string;
  readonly input: unknown;
}

export type StartExecutionOutcome =
  | { kind: 'started'; executionArn: string; startedAt: Instant }
  /** An execution of this name exists, with another input or already ended: the trigger was delivered before. */
  | { kind: 'already-exists' };

/** A callback is only a nudge (rule 5): that nobody waits for it any more is an answer, not a fault. */
export type NudgeOutcome = 'sent' | 'gone';

/** The state machines' engine. Errors: DependencyUnavailable, DependencyRefused, InvalidInput. */
export interface Workflow {
  start(start: ExecutionStart): Promise<StartExecutionOutcome>;
  /** Null when there is no such execution (they are forgotten 90 days after their end). */
  describe(executionArn: string, options?: CallOptions): Promise<ExecutionDescription | null>;
  /** Executions of a machine that have this status, newest first; none when there is no such machine (any more). */
  list(of: ExecutionsOf, options?: CallOptions): Promise<readonly ListedExecution[]>;
  /** Does not stop a function that is already in flight: fence first (DESIGN §5). */
  stop(executionArn: string, why: { error: string; cause: string }, options?: CallOptions): Promise<'stopped' | 'gone'>;
  succeed(taskToken: string, output: unknown, options?: CallOptions): Promise<NudgeOutcome>;
  fail(taskToken: string, why: { error: string; cause: string }, options?: CallOptions): Promise<NudgeOutcome>;
}

/** AWS refuses longer ones. */
const longestName = 80;
const longestError = 256;
const longestCause = 32_768;
/** Of a list. */
const mostAtOnce = 1_000;

export function createWorkflow(options: AwsOptions): Workflow {
  const client = new SFNClient(awsClientConfig(options));
  const call = <T>(
    attempted: string,
    retry: 'safe' | 'never',
    asked: CallOptions | undefined,
    work: (abortSignal: AbortSignal) => Promise<T>,
  ) =>
    callAws(
      {
        dependency: 'Step Functions',
        attempted,
        retry,
        within: asked?.within ?? options.within ?? seconds(5),
        ...(asked?.signal ? { signal: asked.signal } : {}),
      },
      work,
    );

  /** Runs a request; one of these error codes is the answer `gone`. */
  const unlessGone = async <T>(request: Promise<unknown>, done: T, ...codes: string[]): Promise<T | 'gone'> => {
    try {
      await request;
      return done;
    } catch (error) {
      if (isAwsError(error, ...codes)) return 'gone';
      throw error;
    }
  };
  const nudge = (attempted: string, asked: CallOptions | undefined, send: (signal: AbortSignal) => Promise<unknown>) =>
    call(attempted, 'never', asked, (signal) =>
      unlessGone(send(signal), 'sent' as const, 'TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'),
    );

  return {
    async start({ stateMachineArn, name, input, ...asked }) {
      if (!/^[\w-]+$/.test(name) || name.length > longestName) {
        throw new InvalidInput(`not an execution name (1 to ${longestName} of A-Z a-z 0-9 - _): ${name}`);
      }
      return call(`StartExecution ${name}`, 'never', asked, async (abortSignal) => {
        try {
          const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
          const { executionArn = '', startDate } = await client.send(command, { abortSignal });
          return { kind: 'started', executionArn, startedAt: toInstant(startDate) } as const;
        } catch (error) {
          if (isAwsError(error, 'ExecutionAlreadyExists')) return { kind: 'already-exists' } as const;
          throw error;
        }
      });
    },
    describe: (executionArn, asked) =>
      call(`DescribeExecution ${executionArn}`, 'safe', asked, async (abortSignal) => {
        try {
          const found = await client.send(new DescribeExecutionCommand({ executionArn }), { abortSignal });
          return {
            executionArn,
            stateMachineArn: found.stateMachineArn ?? '',
            name: found.name ?? '',
            status: found.status ?? 'RUNNING',
            startedAt: toInstant(found.startDate),
            stoppedAt: found.stopDate === undefined ? null : toInstant(found.stopDate),
            input: found.input ?? null,
            output: found.output ?? null,
            error: found.error ?? null,
            cause: found.cause ?? null,
          };
        } catch (error) {
          if (isAwsError(error, 'ExecutionDoesNotExist')) return null;
          throw error;
        }
      }),
    list: ({ stateMachineArn, status, limit }, asked) =>
      call(`ListExecutions ${stateMachineArn}`, 'safe', asked, async (abortSignal) => {
        try {
          const executions: ExecutionListItem[] = [];
          // A page may have fewer than were asked for.
          for (let nextToken: string | undefined, more = true; more && executions.length < limit; ) {
            const maxResults = Math.min(limit - executions.length, mostAtOnce);
            const question = { stateMachineArn, statusFilter: status, maxResults, nextToken };
            const page = await client.send(new ListExecutionsCommand(question), { abortSignal });
            executions.push(...(page.executions ?? []));
            nextToken = page.nextToken;
            more = nextToken !== undefined;
          }
          return executions.map(({ executionArn = '', startDate, stopDate }) => ({
            executionArn,
            startedAt: toInstant(startDate),
            stoppedAt: stopDate === undefined ? null : toInstant(stopDate),
          }));
        } catch (error) {
          if (isAwsError(error, 'StateMachineDoesNotExist')) return [];
          throw error;
        }
      }),
    stop: (executionArn, why, asked) =>
      call(`StopExecution ${executionArn}`, 'never', asked, (abortSignal) => {
        const command = new StopExecutionCommand({ executionArn, ...bounded(why) });
        return unlessGone(client.send(command, { abortSignal }), 'stopped' as const, 'ExecutionDoesNotExist');
      }),
    // The task token is a key: it is in no message.
    succeed: (taskToken, output, asked) =>
      nudge('SendTaskSuccess', asked, (abortSignal) =>
        client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }), { abortSignal }),
      ),
    fail: (taskToken, why, asked) =>
      nudge('SendTaskFailure', asked, (abortSignal) =>
        client.send(new SendTaskFailureCommand({ taskToken, ...bounded(why) }), { abortSignal }),
      ),
  };
}

const bounded = ({ error, cause }: { error: string; cause: string }) => ({
  error: error.slice(0, longestError),
  cause: cause.slice(0, longestCause),
});

const toInstant = (date: Date | undefined): Instant => instant(date?.getTime() ?? 0);
