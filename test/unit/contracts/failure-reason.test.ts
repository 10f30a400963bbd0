import { describe, expect, it } from 'vitest';
import { failureReasonSchema, longestReason } from '../../../contracts/failure-reason.ts';
import { readTrigger } from '../../../contracts/trigger.ts';

const trace = Array.from({ length: 40 }, (_, line) => `    at somewhere (file:///var/task/index.mjs:${line}:1)`);
const cause = (errorMessage: string) => JSON.stringify({ errorType: 'DependencyRefused', errorMessage, trace });

describe('the reason that a state machine gives for a failure', () => {
  it('is the message of the error, without its stack', () => {
    const told = failureReasonSchema.parse(`DependencyRefused: ${cause('Kubernetes production: PATCH /x: 422 no')}`);

    expect(told).toBe('DependencyRefused: Kubernetes production: PATCH /x: 422 no');
  });

  it.each([
    ['plain text', 'the error rate is 3 %', 'the error rate is 3 % [Unclassified]'],
    ['text with a brace', 'the template {{service}} is broken', 'the template {{service}} is broken [Unclassified]'],
    ['a cause that is no error of Lambda', 'States.Timeout: {"a":1}', 'States.Timeout: {"a":1} [TaskFailed]'],
    ['nothing', '  ', 'No reason was given [Unclassified].'],
  ])('%s stays what it is, and gets a code', (_, text, told) => {
    expect(failureReasonSchema.parse(text)).toBe(told);
  });

  it.each([
    ['text', 'x'.repeat(20_000)],
    ['a message', `E: ${cause('y'.repeat(20_000))}`],
    ['a cause that was cut', cause('z').slice(0, 1_500)],
  ])('%s that is too long is cut, never refused', (_, text) => {
    const told = failureReasonSchema.parse(text);

    expect(told).toHaveLength(longestReason);
    expect(told).toMatch(/… \[\w+\]$/);
  });

  it.each(['', `DependencyRefused: ${cause('no')}`, 'x'.repeat(20_000)])('is no obstacle to a way back', (reason) => {
    const read = readTrigger({ kind: 'failure', service: 's', operation: 'o', reason });

    expect(read).toMatchObject({ kind: 'rollback', trigger: { kind: 'failure', operation: 'o' } });
  });
});
