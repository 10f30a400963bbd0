import { describe, expect, it } from '@jest/globals';
import type { Evidence } from '../../../../contracts/evidence.ts';
import { instant } from '../../../../contracts/instant.ts';
import { checkWords } from '../../../../contracts/words.ts';
import { decideOrder } from '../../../../core/release/order.ts';
import { type ReleaseRules, validateRelease } from '../../../../core/release/validate.ts';
import { release as built, imageRules, manifest } from './image-example.ts';

const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  gatheredAt: instant(0),
  runUrl: 'https://github.com/example/chest-xray-mlops/actions/runs/1',
  runConclusion: 'success',
  commitOnBranch: true,
  checks: [
    { name: 'test', conclusion: 'success' },
    { name: 'lint', conclusion: 'failure' },
  ],
  staging: { state: 'success', url: null },
  model: null,
  image: { present: true, scans: null, attestations: null },
  ...changes,
});
const rules: ReleaseRules = {
  staging: 'staging',
  requiredChecks: ['test'],
  model: { accuracy: { min: 0.92 }, loss: { max: 0.3 } },
  image: imageRules(),
};
const release = { ...built, digest: 'sha256:abc', model: { name: 'm', metrics: { accuracy: 0.92, loss: 0.3 } } };
const noRules: ReleaseRules = {
  staging: null,
  requiredChecks: [],
  model: {},
  image: imageRules(),
};

describe('a release', () => {
  it('passes when everything required is proven, exact bounds and other failures included', () => {
    const validation = validateRelease(evidence(), rules, release);

    expect(validation.kind).toBe('passed');
    expect(validation.checks.map(({ name }) => name)).toContain('model accuracy');
  });

  it.each<[string, Evidence, object, string]>([
    ['its run failed', evidence({ runConclusion: 'failure' }), release, 'CI run: ended as failure.'],
    [
      'its commit is not on the branch',
      evidence({ commitOnBranch: false }),
      release,
      'commit: is not on the configured branch.',
    ],
    ['a required check is missing', evidence({ checks: [] }), release, 'test: did not run.'],
    [
      'a required check is unfinished',
      evidence({ checks: [{ name: 'test', conclusion: null }] }),
      release,
      'test: has not finished.',
    ],
    [
      'a required check was skipped',
      evidence({ checks: [{ name: 'test', conclusion: 'skipped' }] }),
      release,
      'test: ended as skipped.',
    ],
    [
      'it was never on staging',
      evidence({ staging: null }),
      release,
      'deployment to staging: there is none of this commit.',
    ],
    [
      'staging failed',
      evidence({ staging: { state: 'failure', url: null } }),
      release,
      'deployment to staging: its state is failure.',
    ],
    [
      'its model is worse than allowed',
      evidence(),
      { ...release, model: { name: 'm', metrics: { accuracy: 0.91, loss: 0.3 } } },
      'model accuracy: 0.91 is below 0.92.',
    ],
    [
      'a metric is above its bound',
      evidence(),
      { ...release, model: { name: 'm', metrics: { accuracy: 1, loss: 0.31 } } },
      'model loss: 0.31 is above 0.3.',
    ],
    [
      'a metric was not measured',
      evidence(),
      { ...release, model: { name: 'm', metrics: { accuracy: 1 } } },
      'model loss: was not measured.',
    ],
    ['nothing is known of its image', evidence({ image: null }), release, 'image: nothing is known of it.'],
  ])('fails when %s', (_name, proof, of, problem) => {
    expect(validateRelease(proof, rules, { ...release, ...of })).toMatchObject({ kind: 'failed', problems: [problem] });
  });

  it('reports every problem at once', () => {
    const validation = validateRelease(evidence({ staging: null, checks: [], commitOnBranch: false }), rules, {
      ...release,
      model: null,
    });

    expect(validation).toMatchObject({ kind: 'failed', problems: { length: 5 } });
  });

  it('says of what passed what was seen, and calls nothing passed that nobody looked at', () => {
    const told = validateRelease(evidence(), rules, release);

    const words = told.checks.map((check) => `${check.name}: ${checkWords(check)}`);
    expect(words).toContain('CI run: passed: ended as success');
    expect(words).toContain('commit: passed: on the configured branch');
    expect(words).toContain('model accuracy: passed: 0.92, at least 0.92');
    expect(words.join('\n')).not.toMatch(/unknown|pass:|signature|scan/);
  });

  it('does not pass while its image is still looked at', () => {
    const scans = [manifest({ status: 'IN_PROGRESS' })];
    const looking = evidence({ image: { present: true, scans, attestations: null } });

    const judged = validateRelease(looking, { ...rules, image: imageRules({ critical: 0 }) }, release);

    expect(judged).toMatchObject({ kind: 'failed', problems: ['image scan: is still running (IN_PROGRESS).'] });
    expect(judged.checks).toContainEqual(expect.objectContaining({ name: 'image scan', result: 'inconclusive' }));
  });

  it('needs no more than is configured', () => {
    const bare = evidence({ checks: [], staging: null });

    const judged = validateRelease(bare, noRules, { ...release, model: null });

    expect(judged.kind).toBe('passed');
    expect(judged.checks.map(({ name }) => name)).toEqual(['CI run', 'commit', 'image']);
  });
});

it('only a commit ahead of the other is newer', () => {
  expect((['ahead', 'behind', 'identical', 'diverged'] as const).map(decideOrder)).toEqual([
    'newer',
    'older',
    'same',
    'diverged',
  ]);
});
