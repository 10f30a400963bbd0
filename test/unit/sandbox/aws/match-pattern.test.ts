import { expect, it } from 'vitest';
import { type EventPattern, matchPattern } from '../../../../sandbox/aws/match-pattern.ts';

const event = {
  source: 'aws.states',
  resources: ['arn:a', 'arn:b'],
  detail: { status: 'FAILED', stopDate: null, code: 7 },
};

it.each<[string, EventPattern, boolean]>([
  ['any value of a list', { source: ['aws.ecs', 'aws.states'] }, true],
  ['no value of a list', { source: ['aws.ecs'] }, false],
  ['a nested field', { detail: { status: ['FAILED'] } }, true],
  ['every field, not just one', { source: ['aws.states'], detail: { status: ['ABORTED'] } }, false],
  ['any element of a list in the event', { resources: ['arn:b'] }, true],
  ['a prefix', { source: [{ prefix: 'aws.' }] }, true],
  ['another prefix', { source: [{ prefix: 'com.' }] }, false],
  ['null', { detail: { stopDate: [null] } }, true],
  ['a number, not its text', { detail: { code: ['7'] } }, false],
  ['a field that is missing', { detail: { cause: [{ exists: false }] } }, true],
  ['a field of nothing', { nothing: { status: ['FAILED'] } }, false],
  ['anything but', { detail: { status: [{ 'anything-but': ['SUCCEEDED', 'RUNNING'] }] } }, true],
  ['anything but this', { detail: { status: [{ 'anything-but': 'FAILED' }] } }, false],
])('matches %s', (_name, pattern, expected) => {
  expect(matchPattern(pattern, event)).toBe(expected);
});
