import { describe, expect, it } from 'vitest';
import { asRecorderKept } from '../../../../sandbox/stepfunctions/cases/as-recorder-kept.ts';

const kept = (...types: string[]) => asRecorderKept(types.map((type) => ({ type }))).map(({ type }) => type);

describe('a history as it was recorded, with branches in an order', () => {
  it('lacks the first of two ends in a row', () => {
    const before = ['ExecutionStarted', 'ParallelStateEntered', 'ParallelStateStarted', 'PassStateEntered'];

    expect(kept(...before, 'PassStateExited', 'ParallelStateSucceeded', 'ParallelStateExited')).toEqual([
      ...before,
      'PassStateExited',
      'ParallelStateExited',
    ]);
    expect(
      kept(...before, 'TaskStateAborted', 'ParallelStateFailed', 'ParallelStateExited', 'WaitStateEntered'),
    ).toEqual([...before, 'TaskStateAborted', 'ParallelStateExited', 'WaitStateEntered']);
  });

  it('lacks no end that stands alone', () => {
    const failed = ['ParallelStateStarted', 'FailStateEntered', 'ParallelStateFailed', 'ExecutionFailed'];

    expect(kept(...failed)).toEqual(failed);
  });
});
