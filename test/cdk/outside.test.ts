import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Resource, synthesize, type Template } from './support/synthesize.ts';

const runbooks = join(import.meta.dirname, '..', '..', 'docs', 'runbooks');

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

    it('asks for a token on every route but the three public ones', () => {
      const authorizer = only('AWS::ApiGatewayV2::Authorizer');
      const open = routes().filter(({ AuthorizationType }) => AuthorizationType === 'NONE');

      expect(new Set(open.map(({ RouteKey }) => RouteKey.split(' ')[1]))).toEqual(
        new Set(['/webhooks/github', '/webhooks/alertmanager', '/approvals/{token}']),
      );
      for (const { RouteKey, AuthorizationType, AuthorizerId } of routes()) {
        if (!/ \/api/.test(RouteKey)) continue;
        expect([RouteKey, AuthorizationType, AuthorizerId]).toEqual([RouteKey, 'JWT', `<${authorizer.id}>`]);
      }
      expect(authorizer.properties.JwtConfiguration).toEqual({
        Issuer: 'https://login.example.com/',
        Audience: ['sluice'],
      });
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

  describe('the alarms', () => {
    const names = () =>
      template.ofType('AWS::CloudWatch::Alarm').map(({ properties }) => properties.AlarmName.replace('sluice-', ''));

    it('page the installation’s topic and those that the services name', () => {
      const { id } = only('AWS::SNS::Topic');

      for (const { properties } of template.ofType('AWS::CloudWatch::Alarm')) {
        expect(properties.AlarmActions).toEqual([`<${id}>`, 'arn:aws:sns:us-east-1:123456789012:on-call']);
      }
    });

    it('watch everything that the pipeline cannot report itself', () => {
      expect(names()).toEqual(
        expect.arrayContaining([
          'frozen-service',
          'dead-execution',
          'stuck-operation',
          'unreachable-cluster',
          'dead-letter',
          'throttled',
          'bounced-mail',
        ]),
      );
    });

    it('have a runbook each: what it means, what to look at, what to type', () => {
      for (const name of names()) {
        const file = join(runbooks, `${name}.md`);
        expect([name, existsSync(file)]).toEqual([name, true]);
        const headings = readFileSync(file, 'utf8').match(/^## .*/gm);
        expect([name, headings]).toEqual([name, ['## Description', '## Investigation', '## Resolution']]);
      }
      const written = readdirSync(runbooks).filter((file) => !['README.md', 'rotate-a-secret.md'].includes(file));
      expect(written.sort()).toEqual(
        names()
          .map((name) => `${name}.md`)
          .sort(),
      );
    });
  });
});
