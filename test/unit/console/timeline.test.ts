import { describe, expect, it } from 'vitest';
import { stepsOf } from '../../../console/timeline.ts';
import { line } from './overviews.ts';

describe('the timeline', () => {
  it('makes one step of an intent and its result, newest first', () => {
    const steps = stepsOf([
      line(1, 'validate', 'result', { reason: 'Every required proof is there.' }),
      line(2, 'set-weight', 'intent', { wanted: { blue: 75, green: 25 } }),
      line(4, 'set-weight', 'result', { result: {} }),
    ]);

    expect(steps).toEqual([
      expect.objectContaining({ name: 'Weight set', what: 'blue 75 %, green 25 %', took: 2_000, state: 'done' }),
      expect.objectContaining({ name: 'Validated', what: null, took: null, reason: 'Every required proof is there.' }),
    ]);
  });

  it('says that the record of a return was completed afterwards', () => {
    const reason = 'The database did not answer in time, so the traffic was returned without it.';

    expect(stepsOf([line(1, 'reconcile', 'result', { reason })])).toMatchObject([{ name: 'Record completed', reason }]);
  });

  it('shows an intent without its result as under way, and a failure with its reason', () => {
    const [failed, open] = stepsOf([
      line(1, 'commit-release', 'intent', { wanted: { version: 'v2.1.0', environment: 'green' } }),
      line(2, 'set-weight', 'intent', { wanted: { blue: 75, green: 25 } }),
      line(3, 'set-weight', 'result', { failure: 'StaleHolder: the route has epoch 8' }),
    ]);

    expect(failed).toMatchObject({ state: 'failed', reason: 'StaleHolder: the route has epoch 8' });
    expect(open).toMatchObject({ name: 'Committed to Git', what: 'v2.1.0 on green', state: 'under-way', took: null });
  });

  it('does not give one person the result of another who decides at the same time', () => {
    const wanted = { decision: 'approve', version: 'v2.1.0', via: 'mail-link' };
    const [ben, ana] = stepsOf([
      line(1, 'decide-approval', 'intent', { wanted }, 'ana@example.com'),
      line(2, 'decide-approval', 'intent', { wanted: { ...wanted, decision: 'reject' } }, 'ben@example.com'),
      line(5, 'decide-approval', 'result', { result: 'accepted' }, 'ben@example.com'),
    ]);

    expect(ben).toMatchObject({ name: 'Rejected', state: 'done', took: 3_000 });
    expect(ana).toMatchObject({ name: 'Approved', state: 'under-way' });
  });

  it('names what it does not know by its own words', () => {
    expect(stepsOf([line(1, 'polish-the-brass', 'result')])[0]).toMatchObject({ name: 'Polish the brass', what: null });
  });
});
