import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkTrustRoots } from '../../../cli/doctor/check-trust-roots.ts';
import { parseConfiguration } from '../../../contracts/configuration/parse-configuration.ts';
import { parseInstant } from '../../../contracts/instant.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
const text = read('test/fixtures/configuration/chest-xray.yaml');
const publicGood = JSON.parse(read('adapters/attestation/public-good-root.json'));

/** What the doctor says of these roots, where `signature` is asked for as given. */
async function examine(
  trustRoots: string[],
  given: { file?: object; signature?: 'required' | 'optional'; at?: string } = {},
) {
  const { file = {}, signature = 'required', at = '2026-11-29T09:00:00Z' } = given;
  const parsed = parseConfiguration(text);
  if (!parsed.ok) throw new Error('the fixture is not valid');
  const services = parsed.configuration.services.map((service) => ({
    ...service,
    validation: { ...service.validation, image: { ...service.validation.image, signature } },
  }));
  const asked: string[] = [];
  const readFile = async (path: string) => {
    asked.push(path);
    return JSON.stringify(file);
  };
  const configuration = {
    ...parsed.configuration,
    services,
    attestations: { ...parsed.configuration.attestations, trustRoots },
  };
  const world = { readFile, now: () => parseInstant(at) };
  return { findings: await checkTrustRoots(world, configuration, 'etc/sluice.yaml'), asked };
}
const ended = { start: '2021-01-01T00:00:00Z', end: '2022-12-31T23:59:59Z' };

describe('the roots that signatures are held against', () => {
  it('are whole where the built-in one is recent', async () => {
    expect((await examine(['public-good'])).findings).toMatchObject([
      { state: 'ok', what: expect.stringContaining('(as of 2026-11-05)') },
    ]);
  });

  it('are old where the built-in one is: the date is said, and how to renew it', async () => {
    const { findings } = await examine(['public-good'], { at: '2027-12-01T09:00:00Z' });

    expect(findings).toMatchObject([
      {
        state: 'missing',
        detail: expect.stringContaining('2026-11-05'),
        fix: expect.stringContaining('attestations.trustRoots'),
      },
    ]);
  });

  it.each([
    ['a public one from before Rekor v2', { tlogs: publicGood.tlogs.slice(0, 1) }, 'no log of Rekor v2'],
    ['a public one without an authority for time', { timestampAuthorities: [] }, 'no log of Rekor v2'],
    [
      'one whose authorities have ended',
      { certificateAuthorities: publicGood.certificateAuthorities.map((one: object) => ({ ...one, validFor: ended })) },
      'all of its authorities have expired',
    ],
  ])('are named where one is %s', async (_, change, why) => {
    const { findings, asked } = await examine(['ours.json'], { file: { ...publicGood, ...change } });

    expect(asked).toEqual(['etc/ours.json']);
    expect(findings).toMatchObject([{ state: 'missing', detail: expect.stringContaining(why) }]);
  });

  it('need no log of Sigstore\u2019s where they are somebody else\u2019s, as GitHub\u2019s own is', async () => {
    const file = { ...publicGood, tlogs: [] };

    expect((await examine(['github.json'], { file })).findings).toMatchObject([{ state: 'ok' }]);
  });

  it('are not looked at where no proof is asked for', async () => {
    expect((await examine(['gone.json'], { signature: 'optional' })).findings).toEqual([]);
  });
});
