import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { configurationWarnings } from '../../../../contracts/configuration/configuration-warnings.ts';
import { accepted, acceptedService, edited, exampleText, problemsOf } from './example.ts';

const observed = ['    trigger: {', '    mode: observe\n    trigger: {'] as const;
const canary = [
  'green: { namespace: production-green,',
  'green: { namespace: production-blue, backend: shop-canary,',
] as const;
const stable = [
  'blue:  { namespace: production-blue,',
  'blue:  { namespace: production-blue, backend: shop-stable,',
] as const;
/** Both sides of one namespace told apart by their Services, in every query. */
const apart = [
  ['rate(errors{namespace="{{namespace}}"}', 'rate(errors{service="{{backend}}"}'],
  ['p95{namespace="{{namespace}}"}', 'p95{service="{{backend}}"}'],
  ['      minSamples: 100', '      minSamples: 100\n      samples: \'count{service="{{backend}}"}\'\n      fast: null'],
] as const;
const paths = (text: string) => problemsOf(text).map(({ path }) => path);

describe('mode: observe', () => {
  it('is said; without it a service is deployed, and its Services have its name', () => {
    const { mode, environments } = acceptedService(edited());

    expect([mode, environments.blue.backend, environments.green.backend]).toEqual([
      'deploy',
      'chest-xray-mlops',
      'chest-xray-mlops',
    ]);
    expect(acceptedService(edited(observed)).mode).toBe('observe');
  });

  it('takes both sides in one namespace, where Services and queries tell them apart', () => {
    const { environments } = acceptedService(edited(observed, canary, stable, ...apart));

    expect([environments.blue.backend, environments.green.backend]).toEqual(['shop-stable', 'shop-canary']);
  });

  it('refuses queries that would count both sides together, each with its path', () => {
    expect(paths(edited(observed, canary, stable)).sort()).toEqual([
      'services[0].objectives.fast',
      'services[0].objectives.list[0]',
      'services[0].objectives.list[1]',
      'services[0].objectives.samples',
    ]);
  });

  it('refuses two sides in one namespace that are the same Service', () => {
    const same = ['green: { namespace: production-green,', 'green: { namespace: production-blue,'] as const;

    expect(problemsOf(edited(observed, same, ...apart))).toMatchObject([
      { path: 'services[0].environments.green.namespace', message: expect.stringContaining('backend') },
    ]);
  });

  it('alone names Services: where Sluice deploys, the chart does', () => {
    expect(paths(edited(stable))).toEqual(['services[0].environments.blue.backend']);
  });

  it('refuses an observation the history of which would be too long', () => {
    const long = ['    bake: 10m', '    bake: 10m\n    deadlines: { observation: 24h }'] as const;

    expect(problemsOf(edited(observed, long))).toMatchObject([
      { path: 'services[0].deadlines.observation', message: expect.stringMatching(/^an observation could need/) },
    ]);
    expect(acceptedService(edited(long)).mode).toBe('deploy');
  });
});

describe.each(['from-argo-rollouts.md', 'from-flagger.md'])('docs/%s', (page) => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', '..', 'docs', page), 'utf8');

  it('shows a service that is accepted, where the rest of it is as in the example', () => {
    const [, yaml = ''] = /```yaml\n([^`]+)```/.exec(text) ?? [];
    const document = parseDocument(exampleText);
    for (const [key, value] of Object.entries<unknown>(parse(yaml).services[0])) {
      document.setIn(['services', 0, key], value);
    }

    const { mode, environments } = acceptedService(document.toString());

    expect([mode, environments.green.backend]).toEqual(['observe', 'shop-canary']);
    const warnings = configurationWarnings(accepted(document.toString()));
    expect(warnings.filter((one) => one.includes('.objectives.'))).toEqual([]);
  });

  it('names only outcomes, keys and placeholders that there are', () => {
    const schema = readFileSync(
      join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'reference', 'sluice.schema.json'),
      'utf8',
    );
    const keys = [...text.matchAll(/`([a-z]\w+)\.(\w+)`/g)].map(([, , key = '']) => key);

    for (const key of keys.filter((one) => !['md', 'json', 'yaml', 'ts', 'interval', 'threshold'].includes(one))) {
      expect(schema).toContain(`"${key}"`);
    }
  });
});
