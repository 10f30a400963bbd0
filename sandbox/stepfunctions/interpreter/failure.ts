/** The error names that Step Functions itself raises (Amazon States Language, "Errors"). */
export const errorNames = {
  all: 'States.ALL',
  timeout: 'States.Timeout',
  heartbeatTimeout: 'States.HeartbeatTimeout',
  taskFailed: 'States.TaskFailed',
  runtime: 'States.Runtime',
  dataLimit: 'States.DataLimitExceeded',
  queryEvaluation: 'States.QueryEvaluationError',
  noChoiceMatched: 'States.NoChoiceMatched',
  toleratedFailures: 'States.ExceedToleratedFailureThreshold',
} as const;

/**
 * What made a state fail. `name` decides which Retry and Catch match; `terminal` failures (States.Runtime, a state's own
 * States.DataLimitExceeded) match none and end the execution.
 */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly error: string | undefined;
  readonly reason: string | undefined;
  readonly terminal: boolean;
  /** Further names under which a Retry or Catch may match: a lost heartbeat is also States.HeartbeatTimeout. */
  readonly alias: string | undefined;

  constructor(what: { error?: string | undefined; cause?: string | undefined; terminal?: true; alias?: string }) {
    super(`${what.error ?? 'no error name'}: ${what.cause ?? 'no cause'}`);
    this.error = what.error;
    this.reason = what.cause;
    this.terminal = what.terminal ?? false;
    this.alias = what.alias;
  }
}

/** A JSONata expression (or what it returned) was at fault; recorded in the history as EvaluationFailed. */
export class EvaluationFailure extends StateFailure {
  /** Field of the state, such as `Output/result`; none when the state's input itself is at fault. */
  readonly location: string | undefined;

  constructor(cause: string, location?: string) {
    super({ error: errorNames.queryEvaluation, cause });
    this.location = location;
  }
}

/** Whether the failure ends the execution, from however deep in it, past every Retry and Catch. */
export const isFatal = ({ terminal, error }: StateFailure): boolean => terminal || error === errorNames.runtime;

/** Whether `ErrorEquals` of a Retry or a Catch covers the failure. */
export function matchesError(errorEquals: readonly string[], failure: StateFailure): boolean {
  if (isFatal(failure)) return false;
  return errorEquals.some(
    (name) =>
      name === errorNames.all ||
      name === failure.error ||
      (name === failure.alias && name !== undefined) ||
      (name === errorNames.taskFailed && failure.error !== errorNames.timeout),
  );
}
