import { describe, expect, it } from 'vitest';
import { acceptedService, edited, problemsOf } from './example.ts';

const written = (bounds: string) => edited(['accuracy: { min: 0.92 }', `accuracy: ${bounds}`]);

describe('validation.model', () => {
  it.each([
    ['a bound', '{ min: 0.92 }', { min: 0.92 }],
    ['a bound and a margin', '{ min: 0.92, atLeast: 0.98 }', { min: 0.92, atLeast: 0.98 }],
    ['a margin alone', '{ atMost: 1.1 }', { atMost: 1.1 }],
  ])('takes %s', (_, bounds, expected) => {
    expect(acceptedService(written(bounds)).validation.model).toMatchObject({ accuracy: expected });
  });

  it.each([
    ['nothing', '{}', '', /must have min, max, atMost or atLeast/],
    ['bounds that nothing keeps', '{ min: 2, max: 1 }', '', /min must not be above max/],
    ['a margin that asks for more than the live one has', '{ atLeast: 1.1 }', '.atLeast', /must be at most 1/],
    ['a margin that allows less than the live one has', '{ atMost: 0.9 }', '.atMost', /must be at least 1/],
  ])('refuses %s', (_, bounds, key, message) => {
    expect(problemsOf(written(bounds))).toEqual([
      expect.objectContaining({
        path: `services[0].validation.model.accuracy${key}`,
        message: expect.stringMatching(message),
      }),
    ]);
  });
});
