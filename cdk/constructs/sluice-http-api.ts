import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CfnApiMapping,
  CfnDomainName,
  CfnStage,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type HttpRoute,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { entryPoints } from '../../contracts/api/entry-points.ts';
import { githubCom } from '../../contracts/configuration/github.ts';
import type { FunctionName } from '../function-names.ts';
import type { Installation } from '../installation.ts';
import { acknowledge, wideResource } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';
import { logRetentionOf } from './sluice-function.ts';
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

/**
 * More than a wide incident sends: Alertmanager does not repeat a 429 before the next group interval, so that an alert would be lost for as
 * long. What floods the function beyond its reserved executions is answered with 503, which both Alertmanager and SNS repeat.
 */
const alertThrottle: Throttle = { rate: 1_000, burst: 2_000 };

const publicRoutes: readonly PublicRoute[] = [
  {
    methods: [HttpMethod.POST],
    path: '/webhooks/github',
    function: 'github-webhook',
    // As much as the function's reserved executions can answer: GitHub never repeats a delivery that was refused.
    throttle: { rate: 30, burst: 60 },
    proof: 'The function verifies GitHub’s signature over the raw bytes before it reads anything.',
  },
  {
    methods: [HttpMethod.POST],
    path: '/webhooks/alertmanager',
    function: 'alertmanager-webhook',
    throttle: alertThrottle,
    proof: 'The function compares the bearer token, of which two are valid at a time, before it reads anything.',
  },
  {
    methods: [HttpMethod.POST],
    path: '/webhooks/sns',
    function: 'alertmanager-webhook',
    throttle: alertThrottle,
    proof: 'The function takes messages of configured topics only, and only with the signature of SNS.',
  },
  {
    methods: [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST],
    path: '/approvals/{token}',
    function: 'approvals',
    throttle: { rate: 10, burst: 20 },
    proof: 'The link is a random 256-bit token, of which the table has the hash only; looking changes nothing.',
  },
  {
    methods: [HttpMethod.GET, HttpMethod.HEAD],
    path: '/download/sluice.tgz',
    function: 'api-read',
    throttle: { rate: 5, burst: 25 },
    proof: 'The command line is the same for everybody and knows nothing; what it asks, it asks of /api, with a proof.',
  },
];

/** The console's files, which show nothing to who has no token. */
const consoleRoutes: readonly PublicRoute[] = ['/', '/console/{file}'].map((path) => ({
  methods: [HttpMethod.GET, HttpMethod.HEAD],
  path,
  function: 'api-read',
  throttle: { rate: 25, burst: 75 },
  proof:
    'The console’s files are the same for everybody and hold nothing; what it shows it asks of /api, with a token.',
}));

// An open console asks twice a second.
const controlThrottle: Throttle = { rate: 50, burst: 100 };

// A person asks now and then, and each answer asks GitHub many things.
const planThrottle: Throttle = { rate: 1, burst: 5 };

/** It reads a month of operations, once or twice a minute. */
const metricsThrottle: Throttle = { rate: 1, burst: 5 };

export interface SluiceHttpApiProps {
  readonly installation: Installation;
  readonly functions: SluiceFunctions;
  readonly key: EncryptionKey;
}

/** One HTTP API: webhooks, approval pages and the console's files for everybody, the control API for whom an authoriser knows. */
export class SluiceHttpApi extends Construct {
  readonly api: HttpApi;
  readonly stage: CfnStage;

  constructor(scope: Construct, id: string, { installation, functions, key }: SluiceHttpApiProps) {
    super(scope, id);
    const { name, signIn, configuration } = installation;
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

    const openRoutes = signIn.console === null ? publicRoutes : [...publicRoutes, ...consoleRoutes];
    for (const { path, methods, function: target, throttle, proof } of openRoutes) {
      for (const route of addRoutes(path, methods, target, throttle, new HttpNoneAuthorizer())) {
        acknowledge(route, { id: 'AwsSolutions-APIG4', reason: proof });
      }
    }
    const { region, urlSuffix } = Stack.of(this);
    const address = `https://${this.api.apiId}.execute-api.${region}.${urlSuffix}`;
    const people = new HttpJwtAuthorizer('People', signIn.issuer, { jwtAudience: [...signIn.audience] });
    // Every repository can have a token for any audience: this one keeps those out that were made for somebody else, and the function
    // asks for the repository.
    const jobs = new HttpJwtAuthorizer('Jobs', configuration.github.jobIssuer, {
      jwtAudience: [configuration.urls.console, address],
    });
    // API Gateway makes an authoriser only of an issuer that it reaches: a GitHub Enterprise Server in a private network may be none.
    const letsJobsIn =
      configuration.github.server === githubCom || configuration.services.some((service) => service.jobs !== null);
    const ways: (readonly [string, IHttpRouteAuthorizer])[] = [
      ['', people],
      ...(letsJobsIn ? [[entryPoints.githubActions, jobs] as const] : []),
      [entryPoints.aws, new HttpIamAuthorizer()],
    ];
    for (const [entryPoint, authorizer] of ways) {
      const path = `${entryPoint}/api/{proxy+}`;
      addRoutes(path, [HttpMethod.GET, HttpMethod.HEAD], 'api-read', controlThrottle, authorizer);
      // The more specific route wins.
      addRoutes(`${entryPoint}/api/services/{name}/plan`, [HttpMethod.GET], 'plan', planThrottle, authorizer);
      addRoutes(path, [HttpMethod.POST], 'api-operate', controlThrottle, authorizer);
    }
    // Prometheus asks with a token of the sign-in service (`oauth2` of its scrape configuration).
    addRoutes('/metrics', [HttpMethod.GET], 'api-read', metricsThrottle, people);
    this.#permitPeople(name);

    const log = new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/http-api/${name}`,
      retention: logRetentionOf(configuration),
      encryptionKey: key.key,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
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
    if (installation.certificate !== null)
      this.#answerAt(new URL(configuration.urls.approvals).hostname, installation.certificate);
    new CfnOutput(this, 'Address', {
      value: address,
      description:
        'Before /webhooks/github, /webhooks/alertmanager, /webhooks/sns, /approvals and /api; the console is at its root.',
    });
  }

  /** Answers at the operator's own host name too, which their DNS has to lead here. */
  #answerAt(host: string, certificateArn: string): void {
    const domain = new CfnDomainName(this, 'Domain', {
      domainName: host,
      domainNameConfigurations: [{ certificateArn, endpointType: 'REGIONAL', securityPolicy: 'TLS_1_2' }],
    });
    new CfnApiMapping(this, 'DomainMapping', {
      apiId: this.api.apiId,
      domainName: domain.ref,
      stage: this.stage.ref,
    });
    new CfnOutput(this, 'DomainTarget', { value: domain.attrRegionalDomainName, description: `CNAME of ${host}.` });
  }

  /** What the permission sets of IAM Identity Center attach, by its name: signed requests to the API, and nothing else. */
  #permitPeople(name: string): void {
    const resource = this.api.arnForExecuteApi('*', `${entryPoints.aws}/api/*`, '$default');
    const policy = new ManagedPolicy(this, 'PeoplePolicy', {
      managedPolicyName: `${name}-people`,
      description: 'May ask Sluice, with AWS keys. Who is in people of sluice.yaml may change something.',
      statements: [new PolicyStatement({ actions: ['execute-api:Invoke'], resources: [resource] })],
    });
    acknowledge(policy, wideResource(this, resource, 'Every path of the control API, and no other route.'));
    new CfnOutput(this, 'PeoplePolicyName', {
      value: policy.managedPolicyName,
      description: 'Customer managed policy for the permission sets of those who use the command line.',
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
  // By whichever authoriser.
  who: '$context.authorizer.claims.sub',
  awsWho: '$context.identity.userArn',
  milliseconds: '$context.responseLatency',
  bytes: '$context.responseLength',
  authorizerError: '$context.authorizer.error',
  integrationError: '$context.integrationErrorMessage',
};
