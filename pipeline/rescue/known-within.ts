import { seconds } from '../../contracts/duration.ts';

/**
 * So long after its start Step Functions knows an execution, wherever it is asked: DescribeExecution is eventually consistent. Until then
 * "there is no such execution" says nothing, and taking it for a death would take the lock from an operation that has just begun.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 */
export const knownWithin = seconds(60);

/** Whether an execution that Step Functions does not know may just have begun. @param since when it was certainly there; null: nobody noted it. */
export const maybeUnknownYet = (since: string | null, now: number): boolean =>
  since !== null && now - Date.parse(since) < knownWithin;
