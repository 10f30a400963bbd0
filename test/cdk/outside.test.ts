import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { exampleFile } from '../../cdk/installation.ts';
import { reservedConcurrency } from '../../contracts/reserved-concurrency.ts';
import { type Resource, synthesize, type Template } from './support/synthesize.ts';

describe('what the outside sees of the installation', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });
  const only = (type: string): Resource => {
    const [resource, ...more] = template.ofType(type);
    if (resource === undefined || more.length > 0) throw new Error(`There is not exactly one ${type}.`);
    return resource;
  };

  describe('the HTTP API', () => {
    const routes = () => template.ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => properties);

    it('asks on every route who it is, but on the public ones and for the files of console and command line', () => {
      const open = routes().filter(({ AuthorizationType }) => AuthorizationType === 'NONE');

      expect(new Set(open.map(({ RouteKey }) => RouteKey.split(' ')[1]))).toEqual(
        new Set([
          '/webhooks/github',
          '/webhooks/alertmanager',
          '/webhooks/sns',
          '/approvals/{token}',
          '/',
          '/console/{file}',
          '/download/sluice.tgz',
        ]),
      );
      for (const { RouteKey } of open.filter(({ RouteKey }) => / \/(console|download|$)/.test(RouteKey))) {
        expect(RouteKey).toMatch(/^(GET|HEAD) /);
      }
    });

    it.each([
      ['/api/{proxy+}', 'JWT', 'https://login.example.com/'],
      ['/github/api/{proxy+}', 'JWT', 'https://token.actions.githubusercontent.com'],
      ['/aws/api/{proxy+}', 'AWS_IAM', null],
    ])('lets into %s by %s of %s, and by nothing else', (path, type, issuer) => {
      const found = routes().filter(({ RouteKey }) => RouteKey.split(' ')[1] === path);

      expect(found.map(({ RouteKey }) => RouteKey.split(' ')[0]).sort()).toEqual(['GET', 'HEAD', 'POST']);
      for (const { AuthorizationType, AuthorizerId } of found) {
        const authorizer = template.resources.find(({ id }) => `<${id}>` === AuthorizerId);
        expect(AuthorizationType).toBe(type);
        expect(authorizer?.properties.JwtConfiguration.Issuer ?? null).toBe(issuer);
      }
    });

    it('takes jobs’ tokens that were made for this Sluice, and people’s for its own audience', () => {
      const audienceOf = (issuer: string) =>
        template
          .ofType('AWS::ApiGatewayV2::Authorizer')
          .map(({ properties }) => properties.JwtConfiguration)
          .find(({ Issuer }) => Issuer === issuer)?.Audience;

      expect(audienceOf('https://login.example.com/')).toEqual(['sluice']);
      expect(audienceOf('https://token.actions.githubusercontent.com')).toEqual([
        'https://sluice.example.com',
        expect.stringMatching(/^https:\/\/<.+>\.execute-api\.us-east-1\./),
      ]);
    });

    it('takes the jobs of a GitHub Enterprise Server by its own issuer, where a service lets jobs in', () => {
      const issuers = (edit: (text: string) => string) => {
        const folder = mkdtempSync(join(tmpdir(), 'sluice-outside-'));
        try {
          cpSync(join(dirname(exampleFile), 'fixtures'), join(folder, 'fixtures'), { recursive: true });
          const configuration = join(folder, 'sluice.yaml');
          const own = readFileSync(exampleFile, 'utf8').replace('provenance: required', 'provenance: optional');
          writeFileSync(configuration, `${edit(own)}\ngithub: { server: https://github.corp.example }\n`);
          const found = synthesize({ configuration, issuer: 'https://login.acme.test/', audience: 'sluice' });
          return {
            issuers: found
              .ofType('AWS::ApiGatewayV2::Authorizer')
              .flatMap(({ properties }) => properties.JwtConfiguration?.Issuer ?? []),
            paths: found.ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => properties.RouteKey.split(' ')[1]),
          };
        } finally {
          rmSync(folder, { recursive: true });
        }
      };

      const own = issuers((text) => text);
      const without = issuers((text) => text.replace(/^ *jobs: .*\n/gm, ''));

      expect(own.issuers).toEqual(['https://login.acme.test/', 'https://github.corp.example/_services/token']);
      expect(own.paths).toContain('/github/api/{proxy+}');
      expect(without.issuers).toEqual(['https://login.acme.test/']);
      expect(without.paths.filter((path) => path?.startsWith('/github/'))).toEqual([]);
    });

    it('lets people sign requests for the control API with AWS keys, and for nothing else', () => {
      const [policy, ...more] = template.ofType('AWS::IAM::ManagedPolicy');

      expect(more).toEqual([]);
      expect(policy?.properties.ManagedPolicyName).toBe('sluice-people');
      expect(policy?.properties.PolicyDocument.Statement).toEqual([
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: expect.stringMatching(/:execute-api:us-east-1:.*:<.+>\/\$default\/\*\/aws\/api\/\*$/),
        },
      ]);
    });

    it('has no console where browsers cannot sign in', () => {
      const issuer = { issuer: 'https://login.acme.test/', audience: 'sluice' };

      const commandLineOnly = synthesize({ configuration: exampleFile, ...issuer });

      const paths = commandLineOnly.ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => properties.RouteKey);
      expect(paths.filter((key) => / \/(console|$)/.test(key))).toEqual([]);
      expect(commandLineOnly.lambda('api-read').properties.Environment.Variables).not.toHaveProperty('SLUICE_CONSOLE');
    });

    it('answers at the host of the approvals where there is a certificate for it', () => {
      const certificate = 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f';

      const withDomain = synthesize({ certificate });

      const [domain] = withDomain.ofType('AWS::ApiGatewayV2::DomainName');
      const [mapping] = withDomain.ofType('AWS::ApiGatewayV2::ApiMapping');
      const [stage] = withDomain.ofType('AWS::ApiGatewayV2::Stage');
      expect(domain?.properties).toMatchObject({
        DomainName: 'sluice.example.com',
        DomainNameConfigurations: [{ CertificateArn: certificate, SecurityPolicy: 'TLS_1_2' }],
      });
      expect(mapping?.properties).toMatchObject({ DomainName: `<${domain?.id}>`, Stage: `<${stage?.id}>` });
      expect(template.ofType('AWS::ApiGatewayV2::DomainName')).toEqual([]);
    });

    it('throttles every route by itself, and after the routes are there', () => {
      const stage = only('AWS::ApiGatewayV2::Stage');
      const { RouteSettings } = stage.properties;

      expect(Object.keys(RouteSettings).sort()).toEqual(
        routes()
          .map(({ RouteKey }) => RouteKey)
          .sort(),
      );
      for (const settings of Object.values(RouteSettings)) {
        expect(settings).toMatchObject({
          ThrottlingRateLimit: expect.any(Number),
          ThrottlingBurstLimit: expect.any(Number),
        });
      }
      for (const { id } of template.ofType('AWS::ApiGatewayV2::Route')) expect(stage.dependsOn).toContain(id);
    });

    it('lets more alerts in at once than a wide incident sends: what is beyond the executions is a 503, which is repeated', () => {
      const { RouteSettings } = only('AWS::ApiGatewayV2::Stage').properties;

      for (const path of ['/webhooks/alertmanager', '/webhooks/sns']) {
        expect(RouteSettings[`POST ${path}`].ThrottlingBurstLimit).toBeGreaterThanOrEqual(1_000);
        expect(RouteSettings[`POST ${path}`].ThrottlingRateLimit).toBeGreaterThanOrEqual(500);
      }
    });

    it('lets as many deliveries of GitHub in as the function can answer, since none is repeated', () => {
      const { RouteSettings } = only('AWS::ApiGatewayV2::Stage').properties;

      expect(RouteSettings['POST /webhooks/github']).toMatchObject({
        ThrottlingRateLimit: reservedConcurrency['github-webhook'] * 6,
        ThrottlingBurstLimit: reservedConcurrency['github-webhook'] * 12,
      });
    });

    it('writes no path into its log: the links of approvals hold their keys in it', () => {
      const { Format } = only('AWS::ApiGatewayV2::Stage').properties.AccessLogSettings;

      expect(Object.values(JSON.parse(Format)).join(' ')).not.toMatch(/path|\$context\.resource\b/i);
    });
  });

  it('does not track who opens or clicks: links of approvals must not be rewritten', () => {
    const { MatchingEventTypes } = only('AWS::SES::ConfigurationSetEventDestination').properties.EventDestination;

    expect(MatchingEventTypes).not.toEqual(expect.arrayContaining([expect.stringMatching(/open|click/i)]));
    expect(only('AWS::SES::ConfigurationSet').properties.TrackingOptions).toBeUndefined();
  });
});
