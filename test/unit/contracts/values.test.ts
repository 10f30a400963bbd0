import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  placeholders,
  renderLink,
  renderTemplate,
  renderUrlTemplate,
} from '../../../contracts/configuration/template.ts';
import { formatDuration, milliseconds, parseDuration } from '../../../contracts/duration.ts';
import { durationSchema } from '../../../contracts/duration-schema.ts';
import * as errors from '../../../contracts/errors.ts';
import { formatFence, parseFence } from '../../../contracts/fence.ts';
import { imageReference, releaseFileSchema } from '../../../contracts/release.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s is %d ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(['', '5', 'm', '5 m', '-5m', '5y', '1h30', 'PT5M', `${'9'.repeat(30)}d`])('%j is none', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError);
    expect(durationSchema.safeParse(text).success).toBe(false);
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 45 }), (value) => {
        expect(parseDuration(formatDuration(milliseconds(value)))).toBe(value);
      }),
    );
  });
});

describe('a fence', () => {
  const fence = { epoch: 7, seq: 3, operation: 'op', origin: 'blue', weights: { blue: 75, green: 25 } } as const;

  it('is read from the annotation as it was written', () => {
    expect(parseFence(formatFence(fence))).toEqual(fence);
  });

  it.each([
    ['absent', undefined],
    ['no JSON', '{'],
    ['incomplete', '{"epoch":7}'],
    ['with weights that do not sum to 100', formatFence({ ...fence, weights: { blue: 75, green: 26 } })],
  ])('that is %s is none', (_name, text) => {
    expect(parseFence(text)).toBeNull();
  });
});

describe('release.json', () => {
  const file = {
    version: 'v2.1.0',
    image: '123.dkr.ecr.us-east-1.amazonaws.com/app',
    digest: `sha256:${'a'.repeat(64)}`,
  };

  it('counts as reversible unless it says otherwise, and a misspelt word is a problem', () => {
    expect(releaseFileSchema.parse(file).reversible).toBe(true);
    expect(releaseFileSchema.safeParse({ ...file, reversable: false }).success).toBe(false);
  });

  it.each(['latest', 'v1.2.3+build', 'v1.2.3-', ' v1.2.3'])('does not take %j for a version', (version) => {
    expect(releaseFileSchema.safeParse({ ...file, version }).success).toBe(false);
  });

  it('is deployed by digest, whatever tag the image has', () => {
    expect(imageReference({ image: 'localhost:5000/app:v1', digest: 'sha256:x' })).toBe('localhost:5000/app@sha256:x');
    expect(imageReference({ image: 'localhost:5000/app', digest: 'sha256:x' })).toBe('localhost:5000/app@sha256:x');
  });
});

describe('errors', () => {
  it('have the names that the machines know, one class each', () => {
    const classes = Object.entries(errors).filter(
      ([name, value]) => typeof value === 'function' && name !== 'isRetryable',
    );

    expect(
      classes
        .map(([name]) => name)
        .filter((name) => name !== 'SluiceError')
        .sort(),
    ).toEqual([...errors.errorNames].sort());
    expect(new errors.StaleHolder('stop', 8)).toMatchObject({ name: 'StaleHolder', epoch: 8 });
  });

  it('are retried only when the same request may succeed', () => {
    expect(errors.isRetryable(new errors.DependencyUnavailable('github', 'timed out'))).toBe(true);
    expect(errors.isRetryable(new errors.StaleHolder('stop', 8))).toBe(false);
    expect(errors.isRetryable(new Error('DependencyUnavailable'))).toBe(false);
  });
});

it('templates know their placeholders, and URLs get them encoded', () => {
  const values = Object.fromEntries(placeholders.map((name) => [name, `${name}/1`]));
  const known = { service: '', environment: '', namespace: '', version: '', backend: '', window: '90s', ...values };

  expect(renderTemplate('{{service}} {{ version }} [{{window}}] {{other}}', known)).toBe(
    'service/1 version/1 [90s] {{other}}',
  );
  expect(renderUrlTemplate('https://x/{{namespace}}', known)).toBe('https://x/namespace%2F1');
});

it('a link is whole or none: every placeholder in it has a value', () => {
  const values = { service: 'a/b', environment: null, namespace: '', version: 'v1', reasonCode: null };

  expect(renderLink('https://x/{{ service }}/{{version}}', values)).toBe('https://x/a%2Fb/v1');
  expect(renderLink('https://x/', values)).toBe('https://x/');
  expect(renderLink('https://x/{{service}}/{{ environment }}', values)).toBeNull();
  expect(renderLink('https://x/{{namespace}}', values)).toBeNull();
});
