import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type HttpRoute,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionName } from '../function-names.ts';
import type { Installation } from '../installation.ts';
import { acknowledge } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { SluiceFunctions } from './sluice-functions.ts';

/** Requests a second in the long run, and at once. API Gateway answers 429 beyond. */
interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

interface PublicRoute {
  readonly methods: readonly HttpMethod[];
  readonly path: string;
  readonly function: FunctionName;
  readonly throttle: Throttle;
  /** How the function itself knows who calls. */
  readonly proof: string;
}

const publicRoutes: readonly PublicRoute[] = [
  {
    methods: [HttpMethod.POST],
    path: '/webhooks/github',
    function: 'github-webhook',
    throttle: { rate: 10, burst: 20 },
    proof: 'The function verifies GitHub’s signature over the raw bytes before it reads anything.',
  },
  {
    methods: [HttpMethod.POST],
    path: '/webhooks/alertmanager',
    function: 'alertmanager-webhook',
    throttle: { rate: 20, burst: 50 },
    proof: 'The function compares the bearer token, of which two are valid at a time, before it reads anything.',
  },
  {
    methods: [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST],
    path: '/approvals/{token}',
    function: 'approvals',
    throttle: { rate: 10, burst: 20 },
    proof: 'The link is a random 256-bit token, of which the table has the hash only; looking changes nothing.',
  },
];

// An open console asks twice a second.
const controlThrottle: Throttle = { rate: 50, burst: 100 };
const controlMethods = [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST];

export interface SluiceHttpApiProps {
  readonly installation: Installation;
  readonly functions: SluiceFunctions;
  readonly key: EncryptionKey;
}

/** One HTTP API: webhooks and approval pages for everybody, the control API for whom the token's issuer knows. */
export class SluiceHttpApi extends Construct {
  readonly api: HttpApi;
  readonly stage: CfnStage;

  constructor(scope: Construct, id: string, { installation, functions, key }: SluiceHttpApiProps) {
    super(scope, id);
    const { name, tokens } = installation;
    this.api = new HttpApi(this, 'Api', {
      apiName: name,
      description: 'Webhooks, approval pages and control API of Sluice.',
      createDefaultStage: false,
    });
    const routes: HttpRoute[] = [];
    const settings: Record<string, { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }> = {};
    const addRoutes = (
      path: string,
      methods: readonly HttpMethod[],
      target: FunctionName,
      { rate, burst }: Throttle,
      authorizer: IHttpRouteAuthorizer,
    ) => {
      const integration = new HttpLambdaIntegration(`${target}-integration`, functions.named(target).live);
      const added = this.api.addRoutes({ path, methods: [...methods], integration, authorizer });
      for (const method of methods) {
        settings[`${method} ${path}`] = { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst };
      }
      routes.push(...added);
      return added;
    };

    for (const { path, methods, function: target, throttle, proof } of publicRoutes) {
      for (const route of addRoutes(path, methods, target, throttle, new HttpNoneAuthorizer())) {
        acknowledge(route, { id: 'AwsSolutions-APIG4', reason: proof });
      }
    }
    const people = new HttpJwtAuthorizer('People', tokens.issuer, { jwtAudience: [...tokens.audience] });
    addRoutes('/api/{proxy+}', controlMethods, 'api', controlThrottle, people);

    const log = new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/http-api/${name}`,
      retention: RetentionDays.SIX_MONTHS,
      encryptionKey: key.key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.stage = new CfnStage(this, 'Stage', {
      apiId: this.api.apiId,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: { destinationArn: log.logGroupArn, format: JSON.stringify(accessLog) },
      defaultRouteSettings: { throttlingRateLimit: 10, throttlingBurstLimit: 20, detailedMetricsEnabled: true },
      routeSettings: Object.fromEntries(
        Object.entries(settings).map(([route, throttle]) => [route, { ...throttle, DetailedMetricsEnabled: true }]),
      ),
    });
    // Settings of a route that is not there yet are refused.
    for (const route of routes) this.stage.node.addDependency(route);
    const { region, urlSuffix } = Stack.of(this);
    const value = `https://${this.api.apiId}.execute-api.${region}.${urlSuffix}`;
    new CfnOutput(this, 'Address', {
      value,
      description: 'Before /webhooks/github, /webhooks/alertmanager, /approvals and /api.',
    });
  }
}

/** Never the path: the links of approvals hold their keys in it. */
const accessLog = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  address: '$context.identity.sourceIp',
  who: '$context.authorizer.claims.sub',
  milliseconds: '$context.responseLatency',
  bytes: '$context.responseLength',
  authorizerError: '$context.authorizer.error',
  integrationError: '$context.integrationErrorMessage',
};
