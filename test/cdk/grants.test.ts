import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { clusterFunctionNames, functionNames } from '../../cdk/function-names.ts';
import { exampleFile, readExample } from '../../cdk/installation.ts';
import { interfaceEndpoints } from '../../contracts/configuration/vpc-endpoints.ts';
import { type Resource, type Statement, synthesize, type Template } from './support/synthesize.ts';

const publicNames = ['github-webhook', 'alertmanager-webhook', 'approvals'] as const;

describe('what each function may do', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });

  /** The ARN of a function's role, as its name has it. */
  const roleOf = (name: string): string => {
    const id = template.lambda(name).properties.Role.replace(/^<|\.Arn>$/g, '');
    const role = template.ofType('AWS::IAM::Role').find((one) => one.id === id);
    return `arn:<AWS::Partition>:iam::<AWS::AccountId>:role/${role?.properties.RoleName}`;
  };
  const all = () => functionNames.map((name) => [name, template.lambda(name)] as const);
  const actionsOf = (resource: Resource) => template.statementsOf(resource).flatMap(({ actions }) => actions);
  /** Services of AWS, and what is done there, apart from logs and traces, which all functions write. */
  const doings = (name: string) =>
    [...new Set(actionsOf(template.lambda(name)))].filter((action) => !/^(logs|xray|kms):/.test(action)).sort();

  it('has every function with a role of its own that only Lambda may take', () => {
    const roles = all().map(([, { properties }]) => properties.Role);

    expect(new Set(roles).size).toBe(functionNames.length);
    for (const role of template.ofType('AWS::IAM::Role')) {
      const { Statement } = role.properties.AssumeRolePolicyDocument;
      expect(Statement).toHaveLength(1);
      expect(['lambda.amazonaws.com', 'states.amazonaws.com']).toContain(Statement[0].Principal.Service);
      expect([role.id, role.properties.ManagedPolicyArns]).toEqual([role.id, undefined]);
    }
  });

  it('is this, and nothing else', () => {
    const read = ['dynamodb:GetItem', 'dynamodb:Query'];
    const books = [...read, 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
    const start = ['states:DescribeExecution', 'states:StartExecution'];
    const wake = 'states:SendTaskSuccess';
    const secret = 'secretsmanager:GetSecretValue';
    const tell = ['ses:SendEmail', 'sns:Publish'];
    const cluster = 'eks:DescribeCluster';
    const events = 'events:PutEvents';
    const anchor = 's3:PutObject';
    const images = ['ecr:BatchGetImage', 'ecr:DescribeImageScanFindings', 'ecr:DescribeImages'];
    const expected: Record<(typeof functionNames)[number], string[]> = {
      'github-webhook': ['dynamodb:PutItem', secret, ...start],
      'alertmanager-webhook': ['dynamodb:PutItem', secret, ...start],
      approvals: [...read, 'dynamodb:PutItem', 'dynamodb:UpdateItem', wake],
      'api-read': [...read, cluster, 'states:DescribeExecution'],
      'api-operate': [...books, 'dynamodb:DeleteItem', anchor, cluster, events, ...start, wake],
      plan: [...read, ...images, cluster, secret],
      release: [...books, ...images, events, secret, wake],
      operation: [...books, 'dynamodb:DeleteItem', anchor, events, ...start, wake],
      observe: [...books, cluster, events],
      act: [...books, 'dynamodb:DeleteItem', cluster, events, secret, wake],
      'return-traffic': [...books, anchor, cluster, events, 'states:StopExecution'],
      notify: [...books, events, ...tell],
      guardian: [
        ...books,
        'dynamodb:DeleteItem',
        anchor,
        events,
        ...tell,
        ...start,
        'states:ListExecutions',
        'states:StopExecution',
        wake,
        'sqs:SendMessage',
      ],
      watch: [...read, 'dynamodb:PutItem', cluster, ...tell, 'sqs:SendMessage'],
    };

    for (const name of functionNames) expect([name, doings(name)]).toEqual([name, expected[name].sort()]);
  });

  it('names no action by a wildcard, and "*" as a resource only where AWS knows no other', () => {
    const withoutResources = new Set<string>();
    for (const machineOrFunction of [
      ...all().map(([, resource]) => resource),
      ...template.ofType('AWS::StepFunctions::StateMachine'),
    ]) {
      for (const { actions, resources } of template.statementsOf(machineOrFunction)) {
        expect(actions.filter((action) => action.includes('*'))).toEqual([]);
        if (resources.includes('*')) for (const action of actions) withoutResources.add(action);
      }
    }

    expect(
      [...withoutResources].filter((action) => !/^(xray:|logs:.*(LogDeliver|ResourcePolic|LogGroups))/.test(action)),
    ).toEqual([]);
    expect(withoutResources).toContain('xray:PutTraceSegments');
  });

  it('lets the public functions reach neither the clusters nor what opens them', () => {
    const entered = template.ofType('AWS::EKS::AccessEntry').map(({ properties }) => properties.PrincipalArn);
    for (const name of publicNames) {
      const lambda = template.lambda(name);
      const statements = template.statementsOf(lambda);
      expect(entered).not.toContain(roleOf(name));
      expect(actionsOf(lambda).filter((action) => /^(eks|sts|iam|ssm):/.test(action))).toEqual([]);
      const secrets = statements.filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'));
      expect(secrets.flatMap(({ resources }) => resources.filter((arn) => arn.includes('github-token')))).toEqual([]);
      expect(lambda.properties.VpcConfig).toBeUndefined();
    }
  });

  it('lets the webhooks write deliveries and no other record', () => {
    for (const name of ['github-webhook', 'alertmanager-webhook']) {
      const writes = template
        .statementsOf(template.lambda(name))
        .filter(({ actions }) => actions.some((action) => action.startsWith('dynamodb:')));

      expect(writes).toHaveLength(1);
      expect(writes[0]?.condition).toEqual({
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['DELIVERIES'] },
      });
    }
  });

  it('lets nobody read more of the table than some kinds of records, nor all of it', () => {
    for (const [name, lambda] of all()) {
      for (const { actions, resources, condition } of template.statementsOf(lambda)) {
        if (!actions.some((action) => action.startsWith('dynamodb:'))) continue;
        expect(actions).not.toContain('dynamodb:Scan');
        const isIndex = resources.every((resource) => resource.includes('/index/'));
        expect([name, isIndex || JSON.stringify(condition).includes('dynamodb:LeadingKeys')]).toEqual([name, true]);
      }
    }
  });

  it('publishes on its own bus only, which no policy opens to anybody else', () => {
    const [bus, ...others] = template.ofType('AWS::Events::EventBus');

    expect([bus?.properties.Name, others]).toEqual(['sluice', []]);
    const told = all().flatMap(([name, lambda]) =>
      template
        .statementsOf(lambda)
        .filter(({ actions }) => actions.includes('events:PutEvents'))
        .map(({ resources }) => [name, resources]),
    );
    expect(told.length).toBeGreaterThan(0);
    for (const [name, resources] of told) expect([name, resources]).toEqual([name, [`<${bus?.id}.Arn>`]]);
    expect(template.ofType('AWS::Events::EventBusPolicy')).toEqual([]);
    // EventBridge keeps what is put by the same key as everything else, and may use it for this bus only.
    const key = template.ofType('AWS::KMS::Key').find(({ properties }) => properties.KeySpec === undefined);
    expect(bus?.properties.KmsKeyIdentifier).toBe(`<${key?.id}.Arn>`);
    const byBus = key?.properties.KeyPolicy.Statement.filter(
      ({ Principal }: { Principal: { Service?: string } }) => Principal.Service === 'events.amazonaws.com',
    );
    expect(byBus).toHaveLength(1);
    expect(byBus[0].Condition.StringEquals['aws:SourceArn']).toContain(':event-bus/sluice');
  });

  it('sends mail as the configured sender only', () => {
    for (const name of ['notify', 'guardian']) {
      const [send] = template
        .statementsOf(template.lambda(name))
        .filter(({ actions }) => actions.includes('ses:SendEmail'));

      expect(send?.condition).toEqual({ StringEquals: { 'ses:FromAddress': 'sluice@example.com' } });
    }
  });

  /** The example with something changed. */
  function withConfiguration(change: (text: string) => string): Template {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-grants-'));
    try {
      cpSync(join(dirname(exampleFile), 'fixtures'), join(folder, 'fixtures'), { recursive: true });
      const configuration = join(folder, 'sluice.yaml');
      writeFileSync(configuration, change(readFileSync(exampleFile, 'utf8')));
      return synthesize({ configuration, issuer: 'https://login.acme.test/', audience: 'sluice' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('names every identity of SES that may stand for the sender or for a recipient, which SES asks for', () => {
    const resources = template
      .statementsOf(template.lambda('notify'))
      .filter(({ actions }) => actions.includes('ses:SendEmail'))
      .flatMap((statement) => statement.resources.map((arn) => arn.replace(/^.*:/, '')));

    expect(resources).toEqual([
      ...['identity/sluice@example.com', 'identity/example.com', 'configuration-set/sluice-mail'],
      ...['identity/*@example.com', 'identity/example.com'],
    ]);
    expect(template.lambda('notify').properties.Environment.Variables.MAIL_CONFIGURATION_SET).toBe('sluice-mail');
  });

  it('pages topics with a key of their own, and reads the secrets of webhooks, and no others', () => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/0a1b';
    const found = withConfiguration((text) =>
      text
        .replace("{ sns: 'arn:aws:sns:us-east-1:", `{ key: '${key}', sns: 'arn:aws:sns:eu-west-1:`)
        .replace('{ webhook: https://pager.example.com/hooks/research }', '{ format: slack, secret: on-call/slack }')
        .replaceAll('sluice@example.com', 'sluice@acme.example'),
    );

    for (const name of ['notify', 'guardian', 'watch']) {
      const statements = found.statementsOf(found.lambda(name));
      expect(statements).toContainEqual({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [key],
        condition: { StringEquals: { 'kms:ViaService': 'sns.eu-west-1.<AWS::URLSuffix>' } },
      });
      const read = statements.filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'));
      expect(read.flatMap(({ resources }) => resources)).toEqual([
        expect.stringMatching(/:secretsmanager:.*:secret:on-call\/slack-\?{6}$/),
      ]);
    }
  });

  it('asks Prometheus by its secret, and a managed one by the right to query that workspace', () => {
    const performance = `{ source: { prometheus: 'https://staging.example.com', auth: { basic: monitoring/staging } }, list: [{ name: p95, query: p95, max: 1 }] }`;
    const found = withConfiguration((text) =>
      text
        .replace(
          'istio: https://prometheus.production.example.com',
          'auth: { sigv4: eu-west-1 }, istio: https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0a1b',
        )
        .replace("source: { web: 'https", "source: { auth: { bearer: monitoring/statistics }, web: 'https")
        .replace(
          '      requiredChecks: [test, security-scan]',
          `      performance: ${performance}\n      requiredChecks: [test]`,
        )
        .replaceAll('sluice@example.com', 'sluice@acme.example'),
    );

    for (const name of ['observe', 'plan']) {
      const statements = found.statementsOf(found.lambda(name));
      const of = (action: string) =>
        statements.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources);
      expect(of('aps:QueryMetrics')).toEqual([
        expect.stringMatching(/:aps:eu-west-1:<AWS::AccountId>:workspace\/ws-0a1b$/),
      ]);
      // The example looks for loaded rules after a deployment.
      expect(of('aps:ListRules')).toEqual(of('aps:QueryMetrics'));
      expect(of('secretsmanager:GetSecretValue')).toContainEqual(
        expect.stringMatching(/:secret:monitoring\/statistics-\?{6}$/),
      );
      expect(of('secretsmanager:GetSecretValue')).toContainEqual(
        expect.stringMatching(/:secret:monitoring\/staging-\?{6}$/),
      );
    }
  });

  it('asks the sources that single objectives have, also of those that only run dry', () => {
    const orders = (more: string) => `- { name: orders, query: orders, min: 1, dryRun: true, source: { ${more} } }`;
    const found = withConfiguration((text) =>
      text
        .replace(
          '        - { name: latency-p95, max: 2.5, for: 5m }\n',
          `        - { name: latency-p95, max: 2.5, for: 5m }\n        ${orders("prometheus: 'https://shop.example.com:9443', auth: { bearer: shop/prometheus }")}\n`,
        )
        .replaceAll('sluice@example.com', 'sluice@acme.example'),
    );

    const reading = functionNames.filter((name) =>
      found
        .statementsOf(found.lambda(name))
        .some(({ resources }) => resources.some((one) => /:secret:shop\/prometheus-\?{6}$/.test(one))),
    );
    expect(reading.toSorted()).toEqual(['observe', 'plan']);
  });

  it('asks CloudWatch in the regions of its sources, by the functions that measure and no others', () => {
    const source = `source: { cloudwatch: { region: eu-west-1, metrics: { requests: { namespace: N, metric: M, stat: Sum } } } }`;
    const found = withConfiguration((text) =>
      text
        .replace(/source: \{ web: '[^']*' \}/, source)
        .replace('fast: { answers: requests, failures: errors }', 'fast: null')
        .replace('query: errorRate', 'query: requests')
        .replaceAll('sluice@example.com', 'sluice@acme.example'),
    );

    const asking = functionNames.filter((name) =>
      found.statementsOf(found.lambda(name)).some(({ actions }) => actions.includes('cloudwatch:GetMetricData')),
    );
    expect(asking.toSorted()).toEqual(['observe', 'plan']);
    for (const name of asking) {
      expect(found.statementsOf(found.lambda(name))).toContainEqual({
        actions: ['cloudwatch:GetMetricData'],
        resources: ['*'],
        condition: { StringEquals: { 'aws:RequestedRegion': ['eu-west-1'] } },
      });
    }
  });

  it('reads the rules of load balancers in their regions, by the functions that raise weights, verify or plan them', () => {
    const arnOf = (side: string) =>
      `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/${side}/0123456789abcdef`;
    const found = withConfiguration((text) =>
      text
        .replace(
          'router: gateway-api,',
          `router: gateway-api, targetGroups: { blue: '${arnOf('blue')}', green: '${arnOf('green')}' },`,
        )
        .replaceAll('sluice@example.com', 'sluice@acme.example'),
    );
    const actions = ['DescribeTargetGroups', 'DescribeListeners', 'DescribeRules'].map(
      (action) => `elasticloadbalancing:${action}`,
    );

    const reading = functionNames.filter((name) =>
      found
        .statementsOf(found.lambda(name))
        .some((statement) => statement.actions.some((one) => actions.includes(one))),
    );
    expect(reading.toSorted()).toEqual(['act', 'observe', 'plan']);
    for (const name of reading) {
      expect(found.statementsOf(found.lambda(name))).toContainEqual({
        actions,
        resources: ['*'],
        condition: { StringEquals: { 'aws:RequestedRegion': ['eu-west-1'] } },
      });
    }
  });

  it('has one more token where GitHub shows deployments, which only those that tell GitHub may read', () => {
    const found = withConfiguration((text) =>
      text
        .replace('expire: 24h', 'environment: production-approval\n      expire: 24h')
        .replaceAll('sluice@example.com', 'sluice@acme.example'),
    );

    const tokensOf = (of: Template) =>
      of
        .ofType('AWS::SecretsManager::Secret')
        .filter(({ properties }) => properties.Name === 'sluice/github-deployments-token');
    expect(tokensOf(found)).toHaveLength(1);
    const reads = ({ actions, resources }: Statement) =>
      actions.includes('secretsmanager:GetSecretValue') &&
      resources.some((arn) => /:secret:sluice\/github-deployments-token-\?{6}$/.test(arn));
    expect(functionNames.filter((name) => found.statementsOf(found.lambda(name)).some(reads)).sort()).toEqual([
      'act',
      'notify',
    ]);
    expect(tokensOf(template)).toEqual([]);
  });

  it('puts tags and the boundary of an account on everything, and reserves nothing where there is nothing to reserve', () => {
    const permissionsBoundary = 'arn:aws:iam::123456789012:policy/boundary';
    const found = synthesize({ tags: 'team=ml, cost=42', permissionsBoundary, reserved: 'off' });

    const roles = found.ofType('AWS::IAM::Role').map(({ properties }) => properties);
    expect(roles.length).toBeGreaterThan(functionNames.length);
    for (const role of roles) expect(role).toMatchObject({ PermissionsBoundary: permissionsBoundary });
    expect(found.lambda('act').properties.Tags).toEqual(
      expect.arrayContaining([
        { Key: 'team', Value: 'ml' },
        { Key: 'cost', Value: '42' },
      ]),
    );
    const reserved = (one: Template) =>
      one.ofType('AWS::Lambda::Function').filter(({ properties }) => 'ReservedConcurrentExecutions' in properties);
    expect(reserved(found)).toEqual([]);
    expect(reserved(template).length).toBeGreaterThan(5);
    expect(() => synthesize({ tags: 'team' })).toThrow(/context: tags: must be name=value/);
  });

  it('uses an identity that SES has already, makes none, and leaves none to be deleted', () => {
    const found = withConfiguration((text) =>
      text.replace('from: sluice@example.com', 'from: sluice@deploy.acme.example, identity: acme.example'),
    );

    expect(found.ofType('AWS::SES::EmailIdentity')).toEqual([]);
    const [sender] = found
      .statementsOf(found.lambda('notify'))
      .filter(({ actions }) => actions.includes('ses:SendEmail'));
    expect(sender?.resources.map((arn) => arn.replace(/^.*identity\//, ''))).toEqual([
      ...['sluice@deploy.acme.example', 'deploy.acme.example', 'acme.example'],
      expect.stringMatching(/configuration-set\/sluice-mail$/),
    ]);
  });

  it('lets each cluster know each function that enters it, by a group of its own and never as an administrator', () => {
    const entries = template.ofType('AWS::EKS::AccessEntry').map(({ properties }) => properties);

    for (const ClusterName of ['production', 'research']) {
      for (const name of clusterFunctionNames) {
        expect(entries).toContainEqual({
          ClusterName,
          PrincipalArn: roleOf(name),
          KubernetesGroups: [`sluice:${name}`],
          Type: 'STANDARD',
        });
      }
    }
    expect(entries).toHaveLength(2 * clusterFunctionNames.length);
  });

  it('enters clusters of another region by entries there, and asks for them there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-regions-'));
    cpSync(join(dirname(exampleFile), 'fixtures'), join(folder, 'fixtures'), { recursive: true });
    const text = readFileSync(exampleFile, 'utf8').replace(
      'name: research, region: us-east-1',
      'name: research, region: eu-west-1',
    );
    writeFileSync(join(folder, 'sluice.yaml'), text);
    const context = {
      configuration: join(folder, 'sluice.yaml'),
      issuer: 'https://login.acme.test/',
      audience: 'sluice',
    };

    const home = synthesize(context);
    const elsewhere = synthesize(context, 'sluice-eu-west-1');

    const clustersOf = (one: Template) =>
      new Set(one.ofType('AWS::EKS::AccessEntry').map(({ properties }) => properties.ClusterName));
    expect([clustersOf(home), clustersOf(elsewhere)]).toEqual([new Set(['production']), new Set(['research'])]);
    const entered = elsewhere.ofType('AWS::EKS::AccessEntry').map(({ properties }) => properties.PrincipalArn);
    expect(entered.sort()).toEqual(clusterFunctionNames.map(roleOf).sort());
    const described = home
      .statementsOf(home.lambda('act'))
      .find(({ actions }) => actions.includes('eks:DescribeCluster'));
    expect(described?.resources.map((arn) => /:eks:([\w-]+):/.exec(arn)?.[1])).toEqual(['us-east-1', 'eu-west-1']);
    rmSync(folder, { recursive: true });
  });

  it('enters clusters of another account by entries there for its own roles, and asks EKS for none of them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-accounts-'));
    cpSync(join(dirname(exampleFile), 'fixtures'), join(folder, 'fixtures'), { recursive: true });
    const address = `address: { endpoint: 'https://0A1B.gr7.us-east-1.eks.amazonaws.com', certificateAuthority: Q0E= }`;
    const cluster = `name: research, region: us-east-1, account: '222222222222', destination: research, ${address}`;
    const text = readFileSync(exampleFile, 'utf8')
      .replace('name: research, region: us-east-1', cluster)
      .concat('\nargocd: { cluster: production }\n');
    writeFileSync(join(folder, 'sluice.yaml'), text);
    const context = {
      configuration: join(folder, 'sluice.yaml'),
      issuer: 'https://login.acme.test/',
      audience: 'sluice',
      account: '111111111111',
    };

    expect(() => synthesize({ ...context, account: '' })).toThrow(
      'context: account: must be an AWS account, 12 digits',
    );
    const { account: _, ...withoutOwn } = context;
    expect(() => synthesize(withoutOwn)).toThrow(
      'context: account: is missing: clusters[].account names other accounts',
    );
    const home = synthesize(context);
    const elsewhere = synthesize(context, 'sluice-222222222222-us-east-1');

    const entriesOf = (one: Template) => one.ofType('AWS::EKS::AccessEntry').map(({ properties }) => properties);
    expect(new Set(entriesOf(home).map(({ ClusterName }) => ClusterName))).toEqual(new Set(['production']));
    expect(new Set(entriesOf(elsewhere).map(({ ClusterName }) => ClusterName))).toEqual(new Set(['research']));
    for (const { PrincipalArn } of entriesOf(elsewhere))
      expect(PrincipalArn).toContain(':iam::111111111111:role/sluice-');
    expect(elsewhere.resources.map(({ type }) => type)).not.toContain('AWS::IAM::Role');
    const described = home
      .statementsOf(home.lambda('act'))
      .find(({ actions }) => actions.includes('eks:DescribeCluster'));
    expect(described?.resources).toEqual([expect.stringContaining('cluster/production')]);
    rmSync(folder, { recursive: true });
  });

  it('uses the key only through the service that keeps the thing', () => {
    for (const [name, lambda] of all()) {
      for (const { actions, condition } of template.statementsOf(lambda)) {
        // Seals are made and verified by the function itself: assets.test.ts.
        if (!actions.some((action) => action.startsWith('kms:') && !action.endsWith('Mac'))) continue;
        expect([name, JSON.stringify(condition)]).toEqual([name, expect.stringContaining('kms:ViaService')]);
      }
    }
  });
});

describe('in a VPC', () => {
  it('places exactly the functions that enter the clusters, calling out and called by nobody', () => {
    const template = synthesize({ vpc: 'vpc-0a1b', subnets: 'subnet-0a, subnet-0b', routeTables: 'rtb-0c' });

    const placed = functionNames.filter((name) => template.lambda(name).properties.VpcConfig !== undefined);

    expect(placed.sort()).toEqual([...clusterFunctionNames].sort());
    expect(template.lambda('observe').properties.VpcConfig.SubnetIds).toEqual(['subnet-0a', 'subnet-0b']);
    const [group] = template.ofType('AWS::EC2::SecurityGroup');
    expect(group?.properties.SecurityGroupIngress).toBeUndefined();
    expect(group?.properties.SecurityGroupEgress).toEqual([expect.objectContaining({ FromPort: 443, ToPort: 443 })]);
    const endpoints = template.ofType('AWS::EC2::VPCEndpoint').map(({ properties }) => properties);
    expect(endpoints.map(({ ServiceName }) => ServiceName.split('.').at(-1)).sort()).toEqual(['dynamodb', 's3']);
    for (const endpoint of endpoints) {
      expect(endpoint).toMatchObject({ VpcEndpointType: 'Gateway', RouteTableIds: ['rtb-0c'] });
    }
    expect(template.ofType('AWS::EC2::NatGateway')).toEqual([]);
  });

  it('lets them call out to every port that the configuration names: also a pager, GitHub and a cluster', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-ports-'));
    cpSync(join(dirname(exampleFile), 'fixtures'), join(folder, 'fixtures'), { recursive: true });
    const address = 'address: { endpoint: https://research.example.com:6443, certificateAuthority: Q0E= }';
    const text = readFileSync(exampleFile, 'utf8')
      .replace('name: research, region: us-east-1', `name: research, region: us-east-1, ${address}`)
      .replace('webhook: https://pager.example.com/hooks/research', 'webhook: https://pager.internal:8443/page')
      .replace('provenance: required', 'provenance: optional')
      .concat('\ngithub: { server: "https://github.example.com:4443" }\n');
    writeFileSync(join(folder, 'sluice.yaml'), text);
    const context = { issuer: 'https://login.acme.test/', audience: 'sluice', vpc: 'vpc-0a1b', subnets: 'subnet-0a' };

    const template = synthesize({ ...context, configuration: join(folder, 'sluice.yaml') });

    const [group] = template.ofType('AWS::EC2::SecurityGroup');
    const ports = group?.properties.SecurityGroupEgress.map(({ FromPort }: { FromPort: number }) => FromPort);
    expect(ports).toEqual([443, 4443, 6443, 8443]);
    rmSync(folder, { recursive: true });
  });

  /** The last part of an endpoint's name, by the service of an action. */
  const endpointOf: Readonly<Record<string, readonly string[]>> = {
    cloudwatch: ['monitoring'],
    aps: ['aps-workspaces'],
    ecr: ['ecr.api'],
    ses: ['email'],
  };
  /** What Lambda itself does for a function, and what a gateway endpoint reaches. */
  const besides = ['ec2', 'logs', 'xray', 'sqs', 'dynamodb', 's3'];

  it('calls no service of AWS that is not among the endpoints that the guide and sluice doctor name', () => {
    const template = synthesize({ vpc: 'vpc-0a1b', subnets: 'subnet-0a, subnet-0b', routeTables: 'rtb-0c' });
    const actions = clusterFunctionNames.flatMap((name) =>
      template.statementsOf(template.lambda(name)).flatMap((statement) => statement.actions),
    );
    const services = [...new Set(actions.map((action) => action.split(':')[0] ?? ''))];
    const called = services.filter((one) => !besides.includes(one)).flatMap((one) => endpointOf[one] ?? [one]);
    const authorized = actions.includes('ecr:GetAuthorizationToken') ? ['ecr.dkr'] : [];

    expect(interfaceEndpoints(readExample().configuration)).toEqual([...called, ...authorized].sort());
    const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'install.md'), 'utf8');
    for (const endpoint of interfaceEndpoints(readExample().configuration)) expect(guide).toContain(`\`${endpoint}\``);
  });
});
