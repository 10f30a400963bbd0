import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../../contracts/configuration/parse-configuration.ts';

const fixture = readFileSync(
  new URL('../../../fixtures/configuration/chest-xray.yaml', import.meta.url),
  'utf8',
).replace(/^clusters:.*\n(?:[ -].*\n)*/m, '');
const endpoint = 'https://0A1B2C.gr7.us-east-1.eks.amazonaws.com';
const certificateAuthority = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64');
const parsed = (address: object) =>
  parseConfiguration(`${fixture}\nclusters: [{ name: production, address: ${JSON.stringify(address)} }]\n`);

describe('the address of a cluster', () => {
  it('is taken as EKS says it', () => {
    const answer = parsed({ endpoint, certificateAuthority });

    expect(answer.ok && answer.configuration.clusters).toEqual([
      { name: 'production', address: { endpoint, certificateAuthority } },
    ]);
  });

  it.each<[string, object, string]>([
    ['without TLS', { endpoint: endpoint.replace('https', 'http'), certificateAuthority }, 'endpoint'],
    ['that is none', { endpoint: 'the cluster', certificateAuthority }, 'endpoint'],
    ['without the cluster’s CA', { endpoint }, 'certificateAuthority'],
    ['with an empty CA', { endpoint, certificateAuthority: '' }, 'certificateAuthority'],
    ['with a CA as PEM itself', { endpoint, certificateAuthority: '-----BEGIN' }, 'certificateAuthority'],
    ['with something else', { endpoint, certificateAuthority, port: 443 }, 'port'],
  ])('is refused %s, by its path and with a reason', (_, address, field) => {
    const answer = parsed(address);

    expect(answer.ok ? [] : answer.problems.map(({ path, message }) => [path, message !== ''])).toEqual([
      [`clusters[0].address.${field}`, true],
    ]);
  });
});
