import { describe, expect, it } from 'vitest';
import type { AttestationQuestion } from '../../../../adapters/attestation/attestations.ts';
import { collectImage } from '../../../../pipeline/release/collect-image.ts';
import { acceptedService, edited } from '../../contracts/configuration/example.ts';

const image = '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops';
const digest = `sha256:${'a'.repeat(64)}`;

/** What is asked of the image of a service with these rules, and what is known of it then. */
async function collect(rules: string, of = image, present: boolean | null = true) {
  const service = acceptedService(edited(['image: { critical: 0 }', `image: ${rules}`]));
  const scans: boolean[] = [];
  const questions: AttestationQuestion[] = [];
  const deps = {
    registry: {
      describe: async (_image: string, _digest: string, { scan }: { scan: boolean }) => {
        scans.push(scan);
        return present === null ? null : { present, scans: null };
      },
    },
    attestations: {
      find: async (question: AttestationQuestion) => {
        questions.push(question);
        return [];
      },
    },
  };
  return { found: await collectImage(deps, service, { image: of, digest }), scans, questions };
}

describe('what is gathered of an image', () => {
  it('is nothing, and nobody is asked, when it lies where it must not', async () => {
    const { found, scans, questions } = await collect(
      `{ repositories: [${image}], signature: required }`,
      image.replace('1234', '9999'),
    );

    expect([found, scans, questions]).toEqual([null, [], []]);
  });

  it.each([
    ['{ critical: 0 }', [true], []],
    ['{ provenance: required }', [false], [['github']]],
    ['{ signature: required }', [false], [['registry']]],
    ['{ sbom: required }', [false], [['github', 'registry']]],
    ['{ provenance: required, signature: required }', [false], [['github', 'registry']]],
    ['{}', [false], []],
  ])('with %s is only what is required', async (rules, scan, from) => {
    const { found, scans, questions } = await collect(rules);

    expect([scans, questions.map((question) => question.from)]).toEqual([scan, from]);
    expect(found?.attestations).toEqual(from.length === 0 ? null : []);
    for (const question of questions)
      expect(question).toMatchObject({ repository: 'example/chest-xray-mlops', image, digest });
  });

  it('can be read by the version before, which finds nothing proven in it', async () => {
    expect((await collect('{ signature: required }')).found).toMatchObject({ scan: null, signature: 'unknown' });
  });

  it('is no attestation of what is not there, and nothing of another registry', async () => {
    expect(await collect('{ signature: required }', image, false)).toMatchObject({
      found: { present: false, attestations: null },
      questions: [],
    });
    expect((await collect('{ signature: required }', image, null)).found).toBeNull();
  });
});
