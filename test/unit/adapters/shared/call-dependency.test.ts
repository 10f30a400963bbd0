import { describe, expect, it } from 'vitest';
import { callDependency, describeCause } from '../../../../adapters/shared/call-dependency.ts';
import { refused, unavailable } from '../../../../adapters/shared/dependency-errors.ts';
import { milliseconds } from '../../../../contracts/duration.ts';

const call = { dependency: 'GitHub', attempted: 'GET /x', within: milliseconds(2_000), retry: 'safe' } as const;

describe('callDependency', () => {
  it('ends a call whose work ignores the signal (I11)', async () => {
    const answer = callDependency({ ...call, within: milliseconds(10) }, () => new Promise(() => {}));

    await expect(answer).rejects.toMatchObject({
      name: 'DependencyUnavailable',
      dependency: 'GitHub',
      message: 'GitHub: GET /x: no answer within 10 ms',
    });
  });

  it('gives the work a signal that ends with the budget', async () => {
    let ended = false;
    const answer = callDependency(
      { ...call, within: milliseconds(10) },
      (signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            ended = true;
          });
        }),
    );

    await expect(answer).rejects.toThrow('no answer within 10 ms');
    expect(ended).toBe(true);
  });

  it('ends when the caller ends it', async () => {
    const caller = new AbortController();
    const answer = callDependency({ ...call, signal: caller.signal }, () => new Promise(() => {}));

    caller.abort();

    await expect(answer).rejects.toThrow('the caller ended the call');
  });

  it('tries a read again after a passing failure', async () => {
    let attempts = 0;
    const answer = await callDependency(call, async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('connection reset');
      return 'there';
    });

    expect(answer).toBe('there');
    expect(attempts).toBe(3);
  });

  it('tries a read no more than three times', async () => {
    let attempts = 0;
    const answer = callDependency(call, async () => {
      attempts += 1;
      throw unavailable({ ...call, reason: 'status 503' });
    });

    await expect(answer).rejects.toThrow('GitHub: GET /x: status 503');
    expect(attempts).toBe(3);
  });

  it.each([
    ['a write', { ...call, retry: 'never' } as const, () => new Error('connection reset')],
    ['a read that was refused', call, () => refused({ ...call, status: 403, reason: '403 no' })],
  ])('never repeats %s', async (_, what, failure) => {
    let attempts = 0;
    const answer = callDependency(what, async () => {
      attempts += 1;
      throw failure();
    });

    await expect(answer).rejects.toThrow();
    expect(attempts).toBe(1);
  });

  it('tells a network failure by its innermost reason', () => {
    const error = new TypeError('fetch failed', {
      cause: Object.assign(new Error('connect 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
    });

    expect(describeCause(error)).toBe('ECONNREFUSED: connect 127.0.0.1:1');
  });
});
