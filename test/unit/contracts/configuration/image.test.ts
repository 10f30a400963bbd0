import { describe, expect, it } from 'vitest';
import { bodyFilesOf } from '../../../../contracts/configuration/body-files.ts';
import { accepted, acceptedService, edited, problemsOf } from './example.ts';

const withImage = (image: string) => edited(['image: { critical: 0 }', `image: ${image}`]);
const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

describe('what must be proven of an image', () => {
  it('is nothing that is not written, by the service’s own workflow on its own branch', () => {
    const { image } = acceptedService(withImage('{ critical: 0, signature: required }')).validation;

    expect(image).toMatchObject({ repositories: null, waivers: [], provenance: 'optional', signature: 'required' });
    expect(image.signer).toEqual({
      repository: 'example/chest-xray-mlops',
      workflow: '.github/workflows/ci.yml',
      branch: 'main',
      called: null,
      issuer: 'https://token.actions.githubusercontent.com',
      server: 'https://github.com',
    });
  });

  it('takes repositories of any account and region, waivers, and a reusable workflow', () => {
    const { image } = acceptedService(
      withImage(
        `{ repositories: [${registry}/team/app, '${registry}/other/*', '${registry}/*'],
        waivers: [{ finding: CVE-2026-1, owner: Ana@example.com, until: 2026-12-31, reason: not reachable }],
        signer: { workflow: example/workflows/.github/workflows/attest.yml@refs/tags/v1 } }`,
      ),
    ).validation;

    expect(image.repositories).toHaveLength(3);
    expect(image.waivers[0]).toMatchObject({ owner: 'ana@example.com', until: '2026-12-31' });
    expect(image.signer.called).toBe('example/workflows/.github/workflows/attest.yml@refs/tags/v1');
  });

  it.each([
    ['{ repositories: [ghcr.io/example/app] }', 'repositories[0]', /repository of ECR/],
    [`{ repositories: ['${registry}/app@sha256:abc'] }`, 'repositories[0]', /repository of ECR/],
    [`{ repositories: ['${registry}/app:v1'] }`, 'repositories[0]', /repository of ECR/],
    [`{ repositories: ['${registry}/ap*'] }`, 'repositories[0]', /repository of ECR/],
    [`{ repositories: ['*'] }`, 'repositories[0]', /repository of ECR/],
    ['{ repositories: [] }', 'repositories', /at least one/],
    [`{ repositories: [${registry}/a, ${registry}/a] }`, 'repositories[1]', /appears twice/],
    ['{ waivers: [{ finding: C, owner: ana@example.com, until: 2026-02-30, reason: x }] }', 'waivers[0].until', /day/],
    ['{ waivers: [{ finding: C, owner: ana@example.com, until: next year, reason: x }] }', 'waivers[0].until', /day/],
    ['{ waivers: [{ finding: C, owner: ana, until: 2026-12-31, reason: x }] }', 'waivers[0].owner', /mail/],
    ['{ waivers: [{ finding: C, owner: ana@example.com, until: 2026-12-31 }] }', 'waivers[0].reason', /missing/],
    ['{ provenance: maybe }', 'provenance', /required/],
    ['{ signer: { workflow: .github/workflows/ci.yml } }', 'signer.workflow', /owner\/name/],
    ['{ signer: { workflow: a/b/.github/workflows/../ci.yml } }', 'signer.workflow', /owner\/name/],
    ['{ signer: { issuer: http://example.com } }', 'signer.issuer', /https/],
  ])('refuses %s', (image, path, message) => {
    expect(problemsOf(withImage(image))).toEqual([
      {
        path: `services[0].validation.image.${path}`,
        line: expect.any(Number),
        message: expect.stringMatching(message),
      },
    ]);
  });
});

describe('whose signatures count', () => {
  const withRoots = (roots: string) => `${edited()}\nattestations: { trustRoots: ${roots} }\n`;

  it('is Sigstore’s public root unless written, or what lies beside the configuration and travels with it', () => {
    expect(accepted(edited()).attestations.trustRoots).toEqual(['public-good']);
    const configuration = accepted(withRoots('[public-good, sigstore/github.jsonl]'));
    expect(bodyFilesOf(configuration)).toContainEqual({
      file: 'sigstore/github.jsonl',
      at: ['attestations', 'trustRoots', 1],
    });
  });

  it.each(['[]', '[elsewhere]', '[/etc/root.json]', '[../root.json]', '[a.json, a.json]'])('refuses %s', (roots) => {
    expect(problemsOf(withRoots(roots))[0]?.path).toMatch(/^attestations\.trustRoots/);
  });
});
