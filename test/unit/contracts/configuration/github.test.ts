import { describe, expect, it } from 'vitest';
import { accepted, edited, problemsOf } from './example.ts';

const at = (github: string, ...edits: (readonly [from: string, to: string])[]) =>
  `${edited(...edits)}\ngithub: ${github}\n`;
const own = '{ server: https://github.corp.example }';
const image = (rules: string) => ['image: { critical: 0 }', `image: ${rules}`] as const;

const signerOf = (text: string) => accepted(text).services[0]?.validation.image.signer;

describe('where GitHub is', () => {
  it('is github.com unless written', () => {
    const { github, services } = accepted(edited());

    expect(github).toEqual({
      server: 'https://github.com',
      apiUrl: 'https://api.github.com',
      jobIssuer: 'https://token.actions.githubusercontent.com',
    });
    expect(services[0]?.repositoryUrl).toBe('https://github.com/example/chest-xray-mlops');
    expect(accepted(at('{ server: https://github.com/ }')).github).toEqual(github);
  });

  it('is a GitHub Enterprise Server by one address, from which the others follow', () => {
    const configuration = accepted(at('{ server: https://GitHub.corp.example/ }'));

    expect(configuration.github).toEqual({
      server: 'https://github.corp.example',
      apiUrl: 'https://github.corp.example/api/v3',
      jobIssuer: 'https://github.corp.example/_services/token',
    });
    expect(configuration.services[0]?.repositoryUrl).toBe('https://github.corp.example/example/chest-xray-mlops');
    expect(signerOf(at(own))).toMatchObject({
      issuer: 'https://github.corp.example/_services/token',
      server: 'https://github.corp.example',
    });
  });

  it('may have its API elsewhere, and signers of an issuer of their own', () => {
    const elsewhere = at('{ server: https://github.corp.example, apiUrl: https://proxy.corp.example/github/ }');
    expect(accepted(elsewhere).github).toMatchObject({
      apiUrl: 'https://proxy.corp.example/github',
      jobIssuer: 'https://github.corp.example/_services/token',
    });

    const signer = 'signer: { issuer: https://issuer.corp.example, server: https://github.com }';
    expect(signerOf(at(own, image(`{ critical: 0, ${signer} }`)))).toMatchObject({
      issuer: 'https://issuer.corp.example',
      server: 'https://github.com',
    });
  });

  it.each([
    ['github.corp.example', /is not an http or https URL/],
    ['http://github.corp.example', /must be https/],
    ['https://github.corp.example/api/v3', /scheme and host alone: https:\/\/github\.corp\.example$/],
    ["'https://github.corp.example?a=b'", /scheme and host alone/],
    ['https://me:secret@github.corp.example', /user or password/],
    ['https://api.github.com', /must be https:\/\/github\.com/],
    ['https://acme.ghe.com', /GHE\.com/],
  ])('is not %s', (server, message) => {
    expect(problemsOf(at(`{ server: ${server} }`))).toEqual([
      { path: 'github.server', line: expect.any(Number), message: expect.stringMatching(message) },
    ]);
  });
});

describe('what a GitHub Enterprise Server cannot prove of an image', () => {
  const roots = (names: string) => `\nattestations: { trustRoots: ${names} }\n`;

  it('is refused, each with its place, beside everything else that is wrong', () => {
    const text = at(own, image('{ provenance: required, sbom: required }'), ['count: 1', 'count: 0']);

    expect(problemsOf(text).map(({ path, message }) => [path, message])).toEqual(
      expect.arrayContaining([
        ['services[0].validation.image.provenance', expect.stringContaining('keeps no attestations')],
        [
          'attestations.trustRoots',
          expect.stringMatching(/services\[0\] requires sbom .* no jobs of https:\/\/github\.corp\.example$/),
        ],
        [expect.stringMatching(/count$/), expect.any(String)],
      ]),
    );
  });

  it('is no signature by a Sigstore of one’s own', () => {
    const signed = at(own, image('{ signature: required, sbom: required }'));

    expect(problemsOf(signed).map(({ path }) => path)).toEqual(['attestations.trustRoots']);
    expect(accepted(`${signed}${roots('[public-good, sigstore/corp.json]')}`).attestations.trustRoots).toHaveLength(2);
  });

  it('is nothing that github.com proves', () => {
    accepted(edited(image('{ provenance: required, signature: required, sbom: required }')));
  });
});
