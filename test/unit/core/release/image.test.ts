import { ScanStatus } from '@aws-sdk/client-ecr';
import { describe, expect, it } from 'vitest';
import { minutes } from '../../../../contracts/duration.ts';
import type { Attestation, ManifestScan } from '../../../../contracts/evidence.ts';
import { later, parseInstant } from '../../../../contracts/instant.ts';
import { type ImageRules, imageChecks, imageUnderWay } from '../../../../core/release/image.ts';
import { imageRules, manifest, release } from './image-example.ts';

const at = parseInstant('2026-11-29T10:00:00Z');
const registry = '123456789012.dkr.ecr.us-east-1.amazonaws.com';

const look = (
  rules: Partial<ImageRules>,
  seen: { scans?: ManifestScan[] | null; attestations?: Attestation[] | null; gatheredAt?: typeof at } = {},
  of = release,
) => {
  const { gatheredAt = at, ...found } = seen;
  const evidence = { gatheredAt, image: { present: true, scans: null, attestations: null, ...found } };
  return {
    checks: imageChecks(evidence, imageRules(rules), of),
    waits: imageUnderWay(evidence, imageRules(rules), of),
  };
};
const only = (name: string, { checks }: ReturnType<typeof look>) => checks.find((check) => check.name === name);

describe('where an image lies', () => {
  const inRegistry = (image: string, ...repositories: string[]) =>
    only('image repository', look({ repositories }, {}, { ...release, image: image as typeof release.image }))?.result;

  it.each([
    [`${registry}/app`, [`${registry}/app`]],
    [`${registry}/app:v1`, [`${registry}/app`]],
    [`${registry}/team/app`, [`${registry}/other`, `${registry}/team/*`]],
    [`${registry}/team/deep/app`, [`${registry}/*`]],
    ['999999999999.dkr.ecr.cn-north-1.amazonaws.com.cn/app', ['999999999999.dkr.ecr.cn-north-1.amazonaws.com.cn/app']],
  ])('%s is in one of %j', (image, repositories) => {
    expect(inRegistry(image, ...repositories)).toBe('pass');
  });

  it.each([
    `${registry}/app2`,
    `${registry}/app/other`,
    `${registry}/team/../app`,
    `${registry}/team/`,
    `${registry}/App`,
    registry.replace('1', '2').concat('/app'),
    registry.replace('us-east-1', 'eu-west-1').concat('/app'),
    `evil.example/${registry}/app`,
    `${registry}.evil.example/app`,
    'ghcr.io/example/app',
    'app',
  ])('%s is in none', (image) => {
    expect(inRegistry(image, `${registry}/app`, `${registry}/team/*`)).toBe('fail');
  });
});

describe('the scan of an image', () => {
  const scan = (rules: Partial<ImageRules>, scans: ManifestScan[] | null, gatheredAt = at) => {
    const judged = look({ critical: 0, ...rules }, { scans, gatheredAt });
    const check = only('image scan', judged);
    return { result: check?.result, reason: check?.reason, waits: judged.waits };
  };

  it.each(Object.values(ScanStatus))('in the state %s passes only when there are findings to judge', (status) => {
    const { result, reason } = scan({}, [manifest({ status })]);

    expect(result === 'pass').toBe(status === 'COMPLETE' || status === 'ACTIVE');
    if (result !== 'pass') expect(reason).toContain(`(${status})`);
    expect(reason).not.toContain('does not know (');
  });

  it('is under way while it runs or has not begun, and then worth waiting for', () => {
    for (const status of ['PENDING', 'IN_PROGRESS']) {
      const { result, waits } = scan({}, [manifest({ status })]);
      expect([result, waits]).toEqual(['inconclusive', expect.stringContaining(status)]);
    }
  });

  it('is waited for right after the push, when the registry knows none yet, and missed later', () => {
    const scans = [manifest({ status: 'NONE', pushedAt: at })];

    expect(scan({}, scans, later(at, minutes(4))).result).toBe('inconclusive');
    expect(scan({}, scans, later(at, minutes(5)))).toMatchObject({ result: 'fail', waits: null });
    expect(scan({}, [manifest({ status: 'NONE', pushedAt: null })]).reason).toMatch(/never made; turn scanning on/);
  });

  it('is not waited for when another thing of the image has failed already', () => {
    const scans = [manifest({ status: 'PENDING' })];

    expect(look({ critical: 0, signature: 'required' }, { scans, attestations: [] }).waits).toBeNull();
  });

  it('fails in a state that nobody has named yet, with what the registry says', () => {
    const { result, reason } = scan({}, [manifest({ status: 'constructor', description: 'new in 2027' })]);

    expect([result, reason]).toEqual(['fail', 'is in a state that Sluice does not know (constructor: new in 2027)']);
  });

  it('of an index is that of each of its platforms: one that failed is enough, and the worst counts', () => {
    const amd = manifest({ platform: 'linux/amd64', critical: 1 });
    const arm = manifest({ platform: 'linux/arm64', critical: 2, digest: `sha256:${'b'.repeat(64)}` });

    expect(scan({ critical: 2 }, [amd, arm])).toMatchObject({ result: 'pass', reason: 'found 2 critical, at most 2' });
    expect(scan({ critical: 1 }, [amd, arm]).result).toBe('fail');
    expect(scan({ critical: 2 }, [amd, { ...arm, critical: null }])).toEqual({
      result: 'fail',
      reason:
        'that of linux/arm64 (sha256:bbbbbbbbbbbb) is COMPLETE, and the registry gives no counts of its findings; start it again',
      waits: null,
    });
    expect(scan({ critical: 2 }, [amd, { ...arm, status: 'FAILED' }])).toMatchObject({
      result: 'fail',
      reason: expect.stringContaining('linux/arm64 (sha256:bbbbbbbbbbbb) failed'),
    });
    expect(scan({}, [amd, { ...arm, status: 'PENDING' }]).result).toBe('inconclusive');
    expect(scan({}, []).result).toBe('fail');
  });

  it('that nobody asked for has not passed', () => {
    expect(scan({}, null)).toMatchObject({ result: 'fail', reason: 'it was not checked' });
    expect(look({}).checks.map(({ name }) => name)).toEqual(['image']);
  });

  describe('with a waiver', () => {
    const waiver = { finding: 'CVE-2026-1', owner: 'ana@example.com', until: '2026-11-29', reason: 'not reachable' };
    const waivers = [waiver];
    const found = manifest({ critical: 2, findings: [{ id: 'CVE-2026-1', count: 2 }] });

    it('does not count the finding, each time it was found, and says who waived it and until when', () => {
      expect(scan({ waivers }, [found])).toMatchObject({
        result: 'pass',
        reason: 'found 0 critical, at most 0; CVE-2026-1 is waived by ana@example.com until 2026-11-29',
      });
    });

    it('counts it from the day after, and says that the waiver ended', () => {
      expect(scan({ waivers }, [found], parseInstant('2026-11-29T23:59:59Z')).result).toBe('pass');
      expect(scan({ waivers }, [found], parseInstant('2026-11-30T00:00:00Z'))).toMatchObject({
        result: 'fail',
        reason: 'found 2 critical, at most 0; the waiver of CVE-2026-1 by ana@example.com ended with 2026-11-29',
      });
    });

    it('counts every other finding, also one that only the sum knows', () => {
      const other = { id: 'CVE-2026-10', count: 1 };

      expect(scan({ waivers }, [manifest({ ...found, critical: 3 })]).result).toBe('fail');
      expect(scan({ waivers }, [manifest({ critical: 0, findings: [...found.findings, other] })]).result).toBe('fail');
      expect(scan({ waivers: [{ ...waiver, finding: 'CVE-2026' }] }, [found]).result).toBe('fail');
    });
  });
});

describe('what was signed of an image', () => {
  const source = 'https://github.com/example/chest-xray-mlops';
  const ci = `${source}/.github/workflows/ci.yml@refs/heads/main`;
  const attestation = (changes: Partial<Attestation> = {}): Attestation => ({
    source: 'github',
    problem: null,
    predicateType: 'https://slsa.dev/provenance/v1',
    subjects: [release.digest],
    sourceCommit: release.commit,
    signer: {
      identity: ci,
      issuer: 'https://token.actions.githubusercontent.com',
      repository: source,
      ref: 'refs/heads/main',
      commit: release.commit,
      workflow: ci,
    },
    ...changes,
  });
  const signedBy = (changes: Partial<NonNullable<Attestation['signer']>>): Attestation => {
    const { signer, ...rest } = attestation();
    if (signer === null) throw new Error('the example has a signer');
    return { ...rest, signer: { ...signer, ...changes } };
  };
  const provenance = (attestations: Attestation[] | null, rules: Partial<ImageRules> = {}) =>
    only('image provenance', look({ provenance: 'required', ...rules }, { attestations }));

  it('passes when the service’s own run attested this very digest', () => {
    expect(provenance([attestation()])).toMatchObject({ result: 'pass', reason: `verified, signed by ${ci}` });
  });

  it.each<[string, Attestation]>([
    ['it does not hold', attestation({ problem: 'signature verification failed' })],
    ['it is about another digest', attestation({ subjects: [`sha256:${'b'.repeat(64)}`] })],
    ['it is about nothing', attestation({ subjects: [] })],
    ['nobody says who signed', attestation({ signer: null })],
    ['another repository signed', signedBy({ repository: 'https://github.com/evil/chest-xray-mlops' })],
    ['its repository is unknown', signedBy({ repository: null })],
    ['another branch signed', signedBy({ ref: 'refs/heads/main2' })],
    ['a tag of the branch’s name signed', signedBy({ ref: 'refs/tags/main' })],
    ['another workflow signed', signedBy({ workflow: `${source}/.github/workflows/evil.yml@refs/heads/main` })],
    [
      'a called workflow signed that is not configured',
      signedBy({ identity: 'https://github.com/evil/w/.github/workflows/a.yml@v1' }),
    ],
    ['another issuer vouches', signedBy({ issuer: 'https://token.actions.githubusercontent.com.evil.example' })],
    ['it is of another commit', signedBy({ commit: 'd'.repeat(40) })],
    ['it says it was built from another commit', attestation({ sourceCommit: 'd'.repeat(40) })],
    ['it is another kind of statement', attestation({ predicateType: 'https://slsa.dev/provenance/v0.2' })],
  ])('fails when %s', (_name, one) => {
    expect(provenance([one])?.result).toBe('fail');
  });

  it('fails when there is none, and when nobody looked', () => {
    expect(provenance([])?.reason).toMatch(/there is no provenance/);
    expect(provenance(null)?.reason).toBe('it was not checked');
  });

  it('passes with a good one among others, and says of each what is wrong when there is none', () => {
    const bad = [attestation({ problem: 'no' }), signedBy({ ref: 'refs/heads/dev' })];

    expect(provenance([...bad, attestation()])?.result).toBe('pass');
    expect(provenance(bad)?.reason).toMatch(/is not valid: no; was signed by a run on refs\/heads\/dev, not refs/);
  });

  it('is that of the run on a hotfix branch or in a merge queue, where such a run built the release', () => {
    const { signer } = imageRules();
    const run = { ref: 'refs/heads/hotfix/crash', workflow: `${source}/${signer.workflow}@refs/heads/hotfix/crash` };
    const hotfix = signedBy({ ...run, identity: run.workflow });
    const by = (branch: string | undefined, one: Attestation) =>
      imageChecks(
        {
          ...{ gatheredAt: at, image: { present: true, scans: null, attestations: [one] } },
          ...(branch === undefined ? {} : { branch }),
        },
        imageRules({ provenance: 'required' }),
        release,
      ).find(({ name }) => name === 'image provenance')?.result;

    expect([by('hotfix/crash', hotfix), by('main', attestation()), by(undefined, attestation())]).toEqual([
      ...['pass', 'pass', 'pass'],
    ]);
    expect([by('main', hotfix), by(undefined, hotfix), by('hotfix/crash', attestation())]).toEqual([
      ...['fail', 'fail', 'fail'],
    ]);
  });

  it('takes a reusable workflow at its ref where one is configured, and at any ref where none is', () => {
    const called = 'example/workflows/.github/workflows/attest.yml';
    const identity = `https://github.com/${called}@refs/tags/v1`;
    const { signer } = imageRules();
    const judge = (wanted: string, one: Attestation) =>
      provenance([one], { signer: { ...signer, called: wanted } })?.result;

    expect(judge(called, signedBy({ identity }))).toBe('pass');
    expect(judge(`${called}@refs/tags/v1`, signedBy({ identity }))).toBe('pass');
    expect(judge(`${called}@refs/tags/v2`, signedBy({ identity }))).toBe('fail');
    expect(judge(called, signedBy({ identity: identity.replace('example/', 'evil/') }))).toBe('fail');
    expect(judge(called, signedBy({ identity: null }))).toBe('fail');
    expect(judge(called, signedBy({ identity, repository: 'https://github.com/evil/caller' }))).toBe('fail');
    expect(judge(called, attestation())).toBe('fail');
  });

  it('keeps signature, provenance and SBOM apart', () => {
    const rules = { provenance: 'required', signature: 'required', sbom: 'required' } as const;
    const passed = (one: Attestation) =>
      look(rules, { attestations: [one] })
        .checks.filter(({ name, result }) => name !== 'image' && result === 'pass')
        .map(({ name }) => name);

    expect(passed(attestation())).toEqual(['image provenance']);
    expect(passed(attestation({ predicateType: null }))).toEqual(['image signature']);
    expect(passed(attestation({ predicateType: 'https://sigstore.dev/cosign/sign/v1' }))).toEqual(['image signature']);
    for (const predicateType of [
      'https://spdx.dev/Document/v2.3',
      'https://spdx.dev/Document',
      'https://cyclonedx.org/bom/v1.6',
    ])
      expect(passed(attestation({ predicateType }))).toEqual(['image SBOM']);
    expect(passed(attestation({ predicateType: 'https://spdx.dev/Documentation' }))).toEqual([]);
  });
});
