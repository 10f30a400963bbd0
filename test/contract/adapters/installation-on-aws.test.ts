import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InstallationOnAws, openInstallationOnAws } from '../../../adapters/installation/installation-on-aws.ts';
import { json, type ScriptedServer, type SeenRequest, startScriptedServer } from './scripted-server.ts';

/** Answers as the services' API references have them. */
const cluster = {
  name: 'production',
  arn: 'arn:aws:eks:eu-central-1:123456789012:cluster/production',
  endpoint: 'https://0A1B.gr7.eu-central-1.eks.amazonaws.com',
  status: 'ACTIVE',
  certificateAuthority: { data: 'LS0t' },
  accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
};
const roleArn = 'arn:aws:iam::123456789012:role/sluice-act-eu-central-1';
const topicArn = 'arn:aws:sns:eu-central-1:123456789012:sluice-page';
const subscription = (arn: string) =>
  `<member><Owner>123456789012</Owner><Protocol>https</Protocol><Endpoint>https://sluice.example.com/webhooks/sns</Endpoint><SubscriptionArn>${arn}</SubscriptionArn><TopicArn>${topicArn}</TopicArn></member>`;
/** A page of 100 has room for those that never confirmed. */
const subscriptions = (found: string, next = '') =>
  `<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>${subscription(found)}</Subscriptions>${next}</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`;

const production = { name: 'production', region: 'eu-central-1' };
const answers: Readonly<Record<string, unknown>> = {
  'GET /v2/email/identities/example.com': {
    IdentityType: 'DOMAIN',
    VerifiedForSendingStatus: true,
    DkimAttributes: { Status: 'SUCCESS' },
  },
  'GET /v2/email/account': { ProductionAccessEnabled: false, SendingEnabled: true, EnforcementStatus: 'PROBATION' },
  'GET /v2/email/suppression/addresses?PageSize=1000': {
    SuppressedDestinationSummaries: [
      { EmailAddress: 'Ana@example.com', Reason: 'BOUNCE', LastUpdateTime: 1_764_000_000 },
      { EmailAddress: 'somebody@example.org', Reason: 'COMPLAINT', LastUpdateTime: 1_764_000_000 },
    ],
  },
  'GET /clusters/production': { cluster },
  [`GET /clusters/production/access-entries/${encodeURIComponent(roleArn)}`]: {
    accessEntry: { clusterName: 'production', principalArn: roleArn, kubernetesGroups: ['sluice-act'] },
  },
  'GET /2019-09-30/functions/sluice-watch/concurrency': {},
  'GET /2019-09-30/functions/sluice-act/concurrency': { ReservedConcurrentExecutions: 10 },
  'GET /2015-03-31/functions/sluice-act/configuration': {
    FunctionName: 'sluice-act',
    FunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:sluice-act',
    VpcConfig: { VpcId: 'vpc-0a1b', SubnetIds: ['subnet-0a', 'subnet-0b'], SecurityGroupIds: ['sg-0c'] },
  },
  'GET /2015-03-31/functions/sluice-notify/configuration': {
    FunctionName: 'sluice-notify',
    VpcConfig: { VpcId: '', SubnetIds: [], SecurityGroupIds: [] },
  },
  'GET /2015-03-31/functions/sluice-watch/configuration': { FunctionName: 'sluice-watch' },
  'GET /2016-08-19/account-settings': { AccountLimit: { UnreservedConcurrentExecutions: 990 } },
};

const secrets: Readonly<Record<string, object>> = {
  'sluice/pager-key': { Name: 'sluice/pager-key' },
  'sluice/going': { Name: 'sluice/going', DeletedDate: 1_764_000_000 },
};

let server: ScriptedServer;
let aws: InstallationOnAws;
beforeAll(async () => {
  server = await startScriptedServer();
  server.answer((request: SeenRequest, response) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    if (target.endsWith('.DescribeSecret')) {
      const { SecretId } = JSON.parse(request.body);
      const found = secrets[SecretId];
      if (found !== undefined) return json(found)(request, response);
      return json({ __type: 'ResourceNotFoundException', Message: 'There is none.' }, 400)(request, response);
    }
    if (request.path === '/' && request.body.includes('Action=GetTopicAttributes')) {
      const entry = '<entry><key>SignatureVersion</key><value>2</value></entry>';
      const body = `<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>${entry}</Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>`;
      return response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
    }
    if (request.path === '/') {
      const isLast = new URLSearchParams(request.body).get('NextToken') === 'second';
      const page = isLast
        ? subscriptions(`${topicArn}:2bcfbf39`)
        : subscriptions('PendingConfirmation', '<NextToken>second</NextToken>');
      return response.writeHead(200, { 'content-type': 'text/xml' }).end(page);
    }
    const answer = answers[`${request.method} ${request.path.replace(/\/$/, '')}`];
    if (answer !== undefined) return json(answer)(request, response);
    response.setHeader(
      'x-amzn-errortype',
      request.path.startsWith('/v2/') ? 'NotFoundException' : 'ResourceNotFoundException',
    );
    json({ message: 'There is none.' }, 404)(request, response);
  });
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  aws = openInstallationOnAws({ region: 'eu-central-1', endpoint: server.url, credentials });
});
afterAll(() => server.close());

describe('what AWS knows of an installation', () => {
  it('says whether mail leaves, and of an identity that SES does not know that there is none', async () => {
    expect(await aws.mail('example.com', ['ana@example.com'])).toEqual({
      verified: true,
      dkim: 'SUCCESS',
      toEverybody: false,
      sending: true,
      enforcement: 'PROBATION',
      suppressed: ['Ana@example.com'],
    });
    expect(await aws.mail('example.org', [])).toMatchObject({ verified: null, dkim: 'NOT_STARTED', suppressed: [] });
  });

  it('says where a cluster is, and as which groups a role enters it', async () => {
    expect(await aws.cluster(production)).toEqual({
      arn: cluster.arn,
      endpoint: cluster.endpoint,
      certificateAuthority: 'LS0t',
      status: 'ACTIVE',
      takesEntries: true,
    });
    expect(await aws.groupsOf(production, roleArn)).toEqual(['sluice-act']);
    expect(await aws.cluster({ ...production, name: 'elsewhere' })).toBeNull();
    expect(await aws.groupsOf(production, `${roleArn}-2`)).toBeNull();
  });

  it('says where a topic sends, as it was confirmed there, and how it signs', async () => {
    expect(await aws.subscribers(topicArn)).toEqual(['https://sluice.example.com/webhooks/sns']);
    expect(await aws.signatureVersion(topicArn)).toBe('2');
  });

  it('says whether a secret is there, or is going to be deleted', async () => {
    expect(await aws.secret('sluice/pager-key')).toBe('there');
    expect(await aws.secret('sluice/going')).toBe('deleted');
    expect(await aws.secret('sluice/none')).toBe('absent');
  });

  it('says in which VPC a function is, if in any', async () => {
    expect(await aws.network('sluice-act')).toEqual({ vpc: 'vpc-0a1b', subnets: ['subnet-0a', 'subnet-0b'] });
    expect(await aws.network('sluice-notify')).toBeNull();
    expect(await aws.network('sluice-watch')).toBeNull();
    expect(await aws.network('sluice-none')).toBe('absent');
  });

  it('says in which account a function is', async () => {
    expect(await aws.home('sluice-act')).toEqual({ partition: 'aws', account: '123456789012' });
    expect(await aws.home('sluice-none')).toBeNull();
  });

  it('says what is reserved for a function, and what is left for the others', async () => {
    expect(await aws.reserved('sluice-act')).toBe(10);
    expect(await aws.reserved('sluice-watch')).toBeNull();
    expect(await aws.reserved('sluice-none')).toBe('absent');
    expect(await aws.unreserved()).toBe(990);
  });
});
