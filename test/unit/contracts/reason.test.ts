import { describe, expect, it } from 'vitest';
import { failureReasonSchema, longestReason } from '../../../contracts/failure-reason.ts';
import { because, reasonCodeOf, reasonOr, shortReason, withMore } from '../../../contracts/reason.ts';

describe('a reason', () => {
  it.each([
    ['at its end', because('ObjectiveBroken', 'Error rate 5 %'), 'Error rate 5 % [ObjectiveBroken]'],
    ['before its full stop', because('RouteGone', 'The route is gone.'), 'The route is gone [RouteGone].'],
    [
      'before a command that people copy',
      because('ReleaseOnHold', 'v2 is on hold', 'sluice release-hold --version v2'),
      'v2 is on hold [ReleaseOnHold]. sluice release-hold --version v2',
    ],
  ])('names its code %s', (_, reason, told) => {
    expect(reason).toBe(told);
    expect(reasonCodeOf(reason)).not.toBeNull();
  });

  it('has its own code, also where it goes on from another reason or is said more of', () => {
    const first = because('ObjectiveBroken', 'Error rate 5 %');
    const second = because('IrreversibleRelease', `${first}; this release cannot be taken back`);

    expect(reasonCodeOf(withMore(second, '; compared, neither side is bad'))).toBe('IrreversibleRelease');
    expect(second).toContain('[ObjectiveBroken]');
  });

  it('keeps its code when it is cut', () => {
    const long = because('SyncFailed', 'x'.repeat(2_000));

    expect(shortReason(long, 100)).toHaveLength(100);
    expect(reasonCodeOf(shortReason(long, 100))).toBe('SyncFailed');
  });

  it('of a record of before gets the code of where it is read, and one with a code keeps it', () => {
    expect(reasonOr('Unclassified', 'it was slow')).toBe('it was slow [Unclassified]');
    expect(reasonOr('Unclassified', 'it was slow [ObjectiveBroken]')).toBe('it was slow [ObjectiveBroken]');
  });

  it.each([null, 'it was slow', 'see [1] and [Foo]', 'Foo: bar', '[constructor]'])('names none in %j', (text) => {
    expect(reasonCodeOf(text)).toBeNull();
  });
});

describe('a fault, as a state machine tells it', () => {
  it.each([
    ['an error of Sluice', 'DependencyRefused: {"errorMessage":"GitHub: 422"}', 'DependencyRefused'],
    ['an error of Step Functions', 'States.Timeout: ', 'TaskFailed'],
    ['an error of the language', 'TypeError: x is not a function', 'TaskFailed'],
    ['a text without a code', 'it was slow', 'Unclassified'],
    [
      'what a machine adds to a reason',
      'slow [ObjectiveBroken]; it could not be moved there [ReturnFailed]: E: {}',
      'ReturnFailed',
    ],
    ['a text that is far too long', `StaleHolder: ${'x'.repeat(20_000)}`, 'StaleHolder'],
  ])('%s has a code', (_, text, code) => {
    const reason = failureReasonSchema.parse(text);

    expect(reasonCodeOf(reason)).toBe(code);
    expect(reason.length).toBeLessThanOrEqual(longestReason);
  });
});
