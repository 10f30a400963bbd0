import { retryableErrorNames, type SluiceErrorName } from './errors.ts';

/**
 * Faults of Lambda and of the way to it, of which a repetition may succeed; the names are Step Functions' and Lambda's (errors of its `Invoke`,
 * with `Lambda.` before them).
 */
export const transientLambdaErrors = [
  // Lambda itself, and the call to it.
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  // A function that is being updated, or whose network was reclaimed while nobody called it and is made anew now: that takes minutes.
  'Lambda.ResourceConflictException',
  'Lambda.ResourceNotReadyException',
  'Lambda.ENINotReadyException',
  'Lambda.ENILimitReachedException',
  'Lambda.SubnetIPAddressLimitReachedException',
  'Lambda.EC2ThrottledException',
  'Lambda.EC2UnexpectedException',
  // IAM and KMS answer so too while a role or a grant of theirs is still on its way to them.
  'Lambda.EC2AccessDeniedException',
  'Lambda.KMSAccessDeniedException',
  // The process of a function ended in the middle of its work.
  'Runtime.ExitError',
  'Runtime.OutOfMemory',
  'Runtime.Unknown',
] as const;

/** Errors that come only after the whole time of a task, or of a function: they are tried again fewer times. */
export const timeoutErrors = ['States.Timeout', 'Sandbox.Timedout'] as const;

/** Errors after which an execution stops without touching anything: another operation has taken over (I12). */
export const takenOverErrors = ['StaleHolder', 'LockLost'] as const satisfies readonly SluiceErrorName[];

/** Errors that a task answers once its operation has no time left: nothing is tried again, whatever it met (I11). */
export const overdueErrors = ['DeadlineExceeded'] as const satisfies readonly SluiceErrorName[];

/** An execution of this name runs, or has run: what was to be started once, is (AWS's own words for `states:startExecution`). */
export const alreadyStartedErrors = ['StepFunctions.ExecutionAlreadyExistsException'] as const;

/** Every error name that a state machine catches or retries (rule 4); a test compares this list with the definitions. */
export const workflowErrorNames: readonly string[] = [
  ...retryableErrorNames,
  ...transientLambdaErrors,
  ...timeoutErrors,
  ...takenOverErrors,
  ...overdueErrors,
  ...alreadyStartedErrors,
  'States.ALL',
  'States.TaskFailed',
];
