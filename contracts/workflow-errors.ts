import { retryableErrorNames, type SluiceErrorName } from './errors.ts';

/** Faults of Lambda and of the way to it, of which a repetition may succeed; the names are Step Functions' and Lambda's. */
export const transientLambdaErrors = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
] as const;

/** Errors after which an execution stops without touching anything: another operation has taken over (I12). */
export const takenOverErrors = ['StaleHolder', 'LockLost'] as const satisfies readonly SluiceErrorName[];

/** Every error name that a state machine catches or retries (rule 4); a test compares this list with the definitions. */
export const workflowErrorNames: readonly string[] = [
  ...retryableErrorNames,
  ...transientLambdaErrors,
  ...takenOverErrors,
  'States.ALL',
  'States.TaskFailed',
  'States.Timeout',
];
