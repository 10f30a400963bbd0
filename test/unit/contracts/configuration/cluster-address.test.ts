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

describe('a cluster of another account, and one Argo CD for several clusters', () => {
  const address = `address: { endpoint: '${endpoint}', certificateAuthority: ${certificateAuthority} }`;
  const answerTo = (clusters: string, argocd = '') =>
    parseConfiguration(`${fixture}\nclusters: [${clusters}]\n${argocd}\n`);
  const problemsOf = (answer: ReturnType<typeof parseConfiguration>) =>
    answer.ok ? [] : answer.problems.map(({ path, message }) => `${path}: ${message}`);

  it('needs the address of a cluster that EKS does not tell', () => {
    expect(problemsOf(answerTo(`{ name: production, account: '222222222222' }`))).toEqual([
      'clusters[0].address: is missing: Sluice cannot ask EKS in another account where the cluster is',
    ]);
    expect(problemsOf(answerTo(`{ name: production, account: '222222222222', ${address} }`))).toEqual([]);
  });

  it.each([['222222222222'], [`'12345'`], ['shop']])('refuses the account %s', (account) => {
    expect(problemsOf(answerTo(`{ name: production, account: ${account}, ${address} }`))).toEqual([
      'clusters[0].account: must be an AWS account, 12 digits in quotes',
    ]);
  });

  it('needs to know what the Applications call each cluster that is not Argo CD’s own', () => {
    const hub = 'argocd: { cluster: hub }';

    expect(problemsOf(answerTo('{ name: production }', hub))).toEqual(['argocd.cluster: hub is not among clusters']);
    expect(problemsOf(answerTo('{ name: production }, { name: hub }', hub))).toEqual([
      'clusters[0].destination: is missing: what the Applications in hub call this cluster (spec.destination.server or .name)',
    ]);
  });

  it('tells each service where its Applications are and what they have to deliver to', () => {
    const delivered = (answer: ReturnType<typeof parseConfiguration>) =>
      answer.ok ? answer.configuration.services.map(({ argocd }) => argocd) : answer.problems;
    const arn = 'arn:aws:eks:eu-west-1:222222222222:cluster/production';

    expect(
      delivered(answerTo(`{ name: production, destination: '${arn}' }, { name: hub }`, 'argocd: { cluster: hub }')),
    ).toEqual([{ cluster: 'hub', destination: arn }]);
    expect(delivered(answerTo('{ name: production }'))).toEqual([{ cluster: 'production', destination: null }]);
  });
});
