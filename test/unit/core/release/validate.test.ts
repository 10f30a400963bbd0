import { describe, expect, it } from 'vitest';
import type { CheckConclusion, Evidence, JobEvidence } from '../../../../contracts/evidence.ts';
import { instant } from '../../../../contracts/instant.ts';
import { checkWords } from '../../../../contracts/words.ts';
import { decideOrder } from '../../../../core/release/order.ts';
import { type ReleaseRules, validateRelease } from '../../../../core/release/validate.ts';
import { release as built, imageRules, manifest } from './image-example.ts';

const job = (name: string, conclusion: CheckConclusion, workflow = 'ci.yml'): JobEvidence => ({
  workflow,
  name,
  conclusion,
  url: null,
});
const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  gatheredAt: instant(0),
  runUrl: 'https://github.com/example/chest-xray-mlops/actions/runs/1',
  runConclusion: 'success',
  commitOnBranch: true,
  workflow: 'ci.yml',
  actors: [],
  checks: [job('test', 'success'), job('lint', 'failure')],
  unfinished: [],
  staging: { state: 'success', url: null },
  model: null,
  image: { present: true, scans: null, attestations: null },
  ...changes,
});
const rules: ReleaseRules = {
  staging: { environment: 'staging', createdBy: ['github-actions[bot]'] },
  requiredChecks: [{ name: 'test', accept: [] }],
  model: { accuracy: { min: 0.92 }, loss: { max: 0.3 } },
  image: imageRules(),
  compliance: { change: null, documents: [] },
};
const release = { ...built, digest: 'sha256:abc', model: { name: 'm', metrics: { accuracy: 0.92, loss: 0.3 } } };
const noRules: ReleaseRules = {
  staging: null,
  requiredChecks: [],
  model: {},
  image: imageRules(),
  compliance: { change: null, documents: [] },
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
    ['a required check is missing', evidence({ checks: [] }), release, 'test: did not run in ci.yml.'],
    [
      'a required check was skipped',
      evidence({ checks: [job('test', 'skipped')] }),
      release,
      'test: ended as skipped.',
    ],
    [
      'it was never on staging',
      evidence({ staging: null }),
      release,
      'deployment to staging: there is none for this commit by github-actions[bot].',
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
    ['nothing is known about its image', evidence({ image: null }), release, 'image: nothing is known about it.'],
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

    expect(judged).toMatchObject({ kind: 'waiting', awaited: ['image scan: is still running (IN_PROGRESS).'] });
    expect(judged.checks).toContainEqual(expect.objectContaining({ name: 'image scan', result: 'inconclusive' }));
  });

  it('leads from each check to the page where a person sees the same, also where nothing was found', () => {
    const page = 'https://github.com/example/chest-xray-mlops';
    const [run, commit] = [evidence().runUrl, `${page}/commit/${release.commit}`];
    const image =
      'https://us-east-1.console.aws.amazon.com/ecr/repositories/private/123456789012/chest-xray-mlops/_/image/sha256:abc/details?region=us-east-1';
    const all: ReleaseRules = {
      ...rules,
      image: imageRules({
        ...{ repositories: ['*'], critical: 0 },
        ...{ provenance: 'required', signature: 'required' },
      }),
      compliance: { change: { pattern: '#(\\d+)', lookup: 'github' }, documents: ['MODEL_CARD.md'] },
    };
    const linksOf = (proof: Evidence) =>
      Object.fromEntries(validateRelease(proof, all, release).checks.map(({ name, url }) => [name, url]));

    expect(linksOf(evidence({ checks: [], staging: null, commitOnBranch: false, changes: [] }))).toEqual({
      'CI run': run,
      commit,
      test: `${commit}/checks`,
      'deployment to staging': `${page}/deployments/staging`,
      'model accuracy': run,
      'model loss': run,
      'image repository': run,
      image,
      'image scan': image,
      'image provenance': run,
      'image signature': image,
      'change record': commit,
      'document MODEL_CARD.md': commit,
    });
    const [job1, deployed] = [`${run}/job/1`, `${run}/job/2`];
    const known = evidence({
      checks: [{ ...job('test', 'success'), url: job1 }],
      staging: { state: 'success', url: deployed },
    });
    expect(linksOf(known)).toMatchObject({ test: job1, 'deployment to staging': deployed });
  });

  it('needs no more than is configured', () => {
    const bare = evidence({ checks: [], staging: null });

    const judged = validateRelease(bare, noRules, { ...release, model: null });

    expect(judged.kind).toBe('passed');
    expect(judged.checks.map(({ name }) => name)).toEqual(['CI run', 'commit', 'image']);
  });
});

const check = (name: string, accept: ('skipped' | 'neutral')[] = []) => ({
  ...noRules,
  requiredChecks: [{ name, accept }],
});
const resultOf = (rule: ReleaseRules, proof: Partial<Evidence>) => {
  const judged = validateRelease(evidence(proof), rule, { ...release, model: null });
  return judged.kind === 'waiting' ? judged.awaited : judged.kind === 'failed' ? judged.problems : 'passed';
};

describe('a required check', () => {
  it('is a job of the workflow that built the release, or of the one that it names', () => {
    const checks = [job('image', 'success', 'scan.yml'), job('image', 'failure')];

    expect(resultOf(check('scan.yml/image'), { checks })).toBe('passed');
    expect(resultOf(check('image'), { checks })).toEqual(['image: ended as failure.']);
    expect(resultOf(check('other.yml/image'), { checks })).toEqual(['other.yml/image: did not run in other.yml.']);
  });

  it('is as bad as the worst of its name, in whatever order, those of a matrix and of a called workflow included', () => {
    const called = [job('test / unit', 'failure'), job('test (24) / unit', 'failure')];
    for (const bad of [job('test', 'failure'), job('test (24)', 'cancelled'), job('test', 'skipped'), ...called]) {
      const good = [job('test', 'success'), job('test (22)', 'success')];
      expect(resultOf(check('test'), { checks: [...good, bad] })).toEqual([`test: ended as ${bad.conclusion}.`]);
      expect(resultOf(check('test'), { checks: [bad, ...good] })).toEqual([`test: ended as ${bad.conclusion}.`]);
    }
    expect(resultOf(check('test'), { checks: [job('test', 'success'), job('testing', 'failure')] })).toBe('passed');
  });

  it('counts skipped and neutral as good only where that is written', () => {
    for (const conclusion of ['skipped', 'neutral'] as const) {
      const checks = [job('test', conclusion)];
      expect(resultOf(check('test'), { checks })).toEqual([`test: ended as ${conclusion}.`]);
      expect(resultOf(check('test', [conclusion]), { checks })).toBe('passed');
    }
    expect(resultOf(check('test', ['skipped']), { checks: [job('test', 'neutral')] })).toEqual([
      'test: ended as neutral.',
    ]);
  });
});

describe('evidence that is under way', () => {
  const staging = { staging: { environment: 'staging', createdBy: ['x'] } };
  const running = {
    digest: 'sha256:a',
    platform: null,
    status: 'IN_PROGRESS',
    description: '',
    pushedAt: null,
    critical: 0,
    high: 0,
    findings: [],
  };
  it.each<[string, ReleaseRules, Partial<Evidence>, string]>([
    ['the run', noRules, { runConclusion: null }, 'CI run: has not finished.'],
    ['a job', check('test'), { checks: [job('test', null)] }, 'test: has not finished.'],
    ['a job that has yet to start', check('a.yml/t'), { unfinished: ['a.yml'] }, 'a.yml/t: has not started.'],
    [
      'a workflow that may have more jobs of the name',
      check('test'),
      { unfinished: ['ci.yml'] },
      'test: ci.yml has not finished.',
    ],
    ...['pending', 'queued', 'in_progress'].map((state): [string, ReleaseRules, Partial<Evidence>, string] => [
      `staging that is ${state}`,
      { ...noRules, ...staging },
      { staging: { state, url: null } },
      `deployment to staging: its state is ${state}.`,
    ]),
    [
      'a scan',
      { ...noRules, image: imageRules({ critical: 0 }) },
      { image: { present: true, scans: [running], attestations: null } },
      'image scan: is still running (IN_PROGRESS).',
    ],
  ])('is waited for: %s', (_name, rule, proof, awaited) => {
    expect(resultOf(rule, proof)).toEqual([awaited]);
    expect(validateRelease(evidence(proof), rule, { ...release, model: null }).kind).toBe('waiting');
  });

  it('saves nothing that is red or missing', () => {
    const two = { ...noRules, requiredChecks: [...check('slow').requiredChecks, ...check('test').requiredChecks] };

    expect(resultOf(two, { checks: [job('slow', null), job('test', 'failure')] })).toEqual(['test: ended as failure.']);
    expect(resultOf(two, { checks: [job('slow', null)] })).toEqual(['test: did not run in ci.yml.']);
  });
});

it('a later measurement of the model counts more than the first one', () => {
  const model = { name: 'm', metrics: { accuracy: 0.5, loss: 0.3 } };

  expect(validateRelease(evidence({ model }), rules, release)).toMatchObject({ kind: 'failed' });
});

it('only a commit ahead of the other is newer', () => {
  expect((['ahead', 'behind', 'identical', 'diverged'] as const).map(decideOrder)).toEqual([
    'newer',
    'older',
    'same',
    'diverged',
  ]);
});
