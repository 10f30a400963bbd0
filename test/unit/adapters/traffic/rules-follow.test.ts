import { describe, expect, it } from 'vitest';
import type { ListenerRule } from '../../../../adapters/traffic/listener-rules.ts';
import { rulesFollow } from '../../../../adapters/traffic/rules-follow.ts';

const targetGroups = { blue: 'arn:blue', green: 'arn:green' };
const rule = (forwards: Readonly<Record<string, number>>, more: Partial<ListenerRule> = {}): ListenerRule => ({
  label: 'HTTPS:443, rule 1',
  hosts: ['shop.example.com'],
  forwards: Object.entries(forwards).map(([targetGroup, weight]) => ({ targetGroup, weight })),
  isSticky: false,
  ...more,
});
const quarter = { blue: 75, green: 25 };
const stateOf = (rules: readonly ListenerRule[], hosts = ['shop.example.com']) =>
  rulesFollow(rules, { targetGroups, hosts, weights: quarter });
const follows = { kind: 'follows' };

describe('a load balancer follows the weights', () => {
  it.each<[string, ListenerRule[]]>([
    ['by the same numbers', [rule({ 'arn:blue': 75, 'arn:green': 25 })]],
    ['by the same shares', [rule({ 'arn:blue': 3, 'arn:green': 1 })]],
    ['on every listener', [rule({ 'arn:blue': 75, 'arn:green': 25 }), rule({ 'arn:blue': 75, 'arn:green': 25 })]],
    [
      'whatever rules for other hosts, a preview too, and other services do',
      [
        rule({ 'arn:blue': 75, 'arn:green': 25 }),
        rule({ 'arn:green': 1 }, { hosts: ['green.example.com'] }),
        rule({ 'arn:billing': 1 }),
      ],
    ],
  ])('%s', (_, rules) => {
    expect(stateOf(rules)).toEqual(follows);
  });

  it('where one target group alone gets everything', () => {
    const asked = { targetGroups, hosts: ['*'], weights: { blue: 100, green: 0 } };

    expect(rulesFollow([rule({ 'arn:blue': 1 })], asked)).toEqual(follows);
    expect(rulesFollow([rule({ 'arn:green': 1 })], asked)).toMatchObject({ kind: 'pending' });
  });
});

describe('a load balancer does not follow yet', () => {
  const waiting = (reason: string) => ({ kind: 'pending', reason: expect.stringContaining(reason) });

  it('while a rule has other weights', () => {
    expect(stateOf([rule({ 'arn:blue': 95, 'arn:green': 5 })])).toEqual(
      waiting('HTTPS:443, rule 1 of the load balancer has blue 95 %'),
    );
  });

  it('while one listener of several has other weights', () => {
    const late = rule({ 'arn:blue': 100, 'arn:green': 0 }, { label: 'HTTP:80, rule 4' });

    expect(stateOf([rule({ 'arn:blue': 75, 'arn:green': 25 }), late])).toEqual(waiting('HTTP:80, rule 4'));
  });

  it('while no rule leads to the environments for its hosts', () => {
    expect(stateOf([])).toEqual(waiting('no rule'));
    expect(stateOf([rule({ 'arn:green': 1 }, { hosts: ['green.example.com'] })])).toEqual(waiting('no rule'));
  });

  it.each([
    ['every host', []],
    ['hosts by a pattern', ['*.EXAMPLE.com']],
    ['a host by single characters', ['sho?.example.com']],
  ])('while a rule for %s leads past the weights', (_, hosts) => {
    const past = rule({ 'arn:green': 1 }, { label: 'HTTPS:443, rule 2', hosts });

    expect(stateOf([rule({ 'arn:blue': 75, 'arn:green': 25 }), past])).toEqual(waiting('rule 2'));
  });

  it('takes a dot in a host for a dot', () => {
    const other = rule({ 'arn:green': 1 }, { hosts: ['shop.exampleXcom'] });

    expect(stateOf([rule({ 'arn:blue': 75, 'arn:green': 25 }), other], ['shop.example.com'])).toEqual(follows);
  });
});

describe('a load balancer cannot follow', () => {
  it.each<[string, ListenerRule, string]>([
    ['while a rule leads elsewhere, too', rule({ 'arn:blue': 75, 'arn:green': 25, 'arn:old': 0 }), 'arn:old'],
    ['while it keeps clients', rule({ 'arn:blue': 75, 'arn:green': 25 }, { isSticky: true }), 'keeps clients'],
  ])('%s', (_, one, problem) => {
    expect(stateOf([one])).toEqual({ kind: 'refused', problem: expect.stringContaining(problem) });
  });
});
