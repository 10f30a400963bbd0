import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { proveAudit } from '../../../cli/prove-audit.ts';
import { instant } from '../../../contracts/instant.ts';
import type { AuditEntry } from '../../../contracts/records/audit-entry.ts';
import { chainEntry } from '../../../core/audit/chain.ts';
import { runSluice, type TestWorld } from './support.ts';

const configuration = await readFile(new URL('../../fixtures/configuration/chest-xray.yaml', import.meta.url), 'utf8');

describe('cluster-roles', () => {
  it('prints what kubectl can apply, for one cluster', async () => {
    const { exitCode, out } = await runSluice(['cluster-roles', 'production', '--name', 'pipeline'], {
      files: { 'sluice.yaml': configuration },
    });

    expect(exitCode).toBe(0);
    const manifests = parseAllDocuments(out).map((document) => document.toJS());
    expect(manifests).toContainEqual(
      expect.objectContaining({
        kind: 'RoleBinding',
        metadata: { name: 'pipeline-act', namespace: 'production' },
        subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'pipeline:act' }],
      }),
    );
  });

  it('names the clusters that there are when asked for another', async () => {
    const { exitCode, err } = await runSluice(['cluster-roles', 'staging'], {
      files: { 'sluice.yaml': configuration },
    });

    expect([exitCode, err]).toEqual([2, expect.stringContaining('There are: production')]);
  });
});

describe('monitoring', () => {
  const rules = async (...flags: string[]) => {
    const files = { 'sluice.yaml': configuration };
    const { exitCode, out, err } = await runSluice(['monitoring', 'rules', ...flags], { files });
    return { exitCode, out, err };
  };

  it('prints rules with limits of one’s own', async () => {
    const { out } = await rules('--errors', '0.02', '--latency', '500ms', '--for', '90s', '--window', '2m');
    const [{ rules: printed }] = parse(out).groups;
    const alert = (name: string) => printed.find((rule: { alert?: string }) => rule.alert === name);

    expect(alert('HighErrorRate')).toMatchObject({
      expr: 'sluice:error_ratio:rate{service="chest-xray-mlops"} > 0.02',
      for: '1m30s',
      annotations: { description: expect.stringMatching(/^More than 2 % of the requests have failed for 1m30s/) },
    });
    expect(alert('PerformanceDegradation').expr).toMatch(/ > 0\.5 or /);
    const slow = printed.find((rule: { record?: string }) => rule.record === 'sluice:slow_ratio:rate');
    // Half a second is the end of a bucket: no other has to stand in for it.
    expect(slow.expr.match(/le=~"[^"]*"/g)).toEqual(['le=~"500([.]0)?"']);
    expect(slow.expr).toContain('[2m]');
  });

  it.each([
    ['--errors', '1'],
    ['--errors', 'few'],
    ['--latency', '2'],
    ['--for', '0s'],
  ])('refuses %s %s', async (flag, value) => {
    expect(await rules(flag, value)).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining(flag) });
  });
});

describe('validate', () => {
  it('accepts a valid file and names its services', async () => {
    const files = { 'sluice.yaml': configuration, 'fixtures/xray.json': '{}' };
    const { exitCode, out } = await runSluice(['validate'], { files });

    expect(exitCode).toBe(0);
    expect(out).toContain('chest-xray-mlops');
  });

  it('reports every problem at once, with line and path', async () => {
    const broken = configuration
      .replace('steps: [5, 25, 50, 100]', 'steps: [5, 25, 50]')
      .replace('data: replicated', 'data: lost');

    const { exitCode, err } = await runSluice(['validate', 'a/b.yaml'], { files: { 'a/b.yaml': broken } });

    expect(exitCode).toBe(2);
    expect(err).toMatch(/a\/b\.yaml:\d+: services\[0\]\.traffic\.steps/);
    expect(err).toMatch(/a\/b\.yaml:\d+: services\[0\]\.data/);
  });

  describe('of what the steps can notice', () => {
    const warningsOf = async (text: string) => {
      const files = { 'fixtures/xray.json': '{}', 'sluice.yaml': text };
      const { exitCode, out } = await runSluice(['validate'], { files });
      expect(exitCode).toBe(0);
      return out.split('\n').filter((line) => line.includes('services[0].traffic'));
    };
    const withTraffic = (perSecond: number) =>
      configuration.replace('interval: 5m }', `interval: 5m, requestsPerSecond: ${perSecond} }`);

    it('warns where it is less than an objective forbids, and where the traffic is not written', async () => {
      expect(await warningsOf(withTraffic(20))).toContainEqual(
        expect.stringMatching(
          /^Warning: services\[0\]\.traffic: the steps? of 5.* at 1 requests\/s .*its bound is 1 %/,
        ),
      );
      expect(await warningsOf(withTraffic(100_000))).toEqual([]);
      expect(await warningsOf(configuration)).toEqual([
        expect.stringMatching(
          /^Warning: services\[0\]\.traffic\.requestsPerSecond is not set: nobody can say .* `requestsPerSecond: 20`/,
        ),
      ]);
    });

    it('says nothing of traffic that no objective depends on', async () => {
      const list = configuration.replace('minSamples: 100', 'minSamples: 0').replace(/^.*name: error-rate.*\n/m, '');

      expect(await warningsOf(list)).toEqual([]);
      expect(await warningsOf(configuration.replace('minSamples: 100', 'minSamples: 0'))).toHaveLength(1);
      expect(await warningsOf(list.replace('minSamples: 0', 'minSamples: 1'))).toHaveLength(1);
    });
  });

  it('gives the problems as JSON', async () => {
    const { exitCode, out } = await runSluice(['validate', '-o', 'json'], { files: { 'sluice.yaml': 'services: []' } });

    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ file: 'sluice.yaml', valid: false, problems: expect.any(Array) });
  });

  it('refuses a health check whose file is not beside the configuration', async () => {
    const { exitCode, err } = await runSluice(['validate', 'a/b.yaml'], { files: { 'a/b.yaml': configuration } });

    expect(exitCode).toBe(2);
    expect(err).toMatch(
      /a\/b\.yaml:\d+: services\[0\]\.health\.checks\[1\]\.bodyFile: there is no file fixtures\/xray\.json/,
    );
  });

  it('a file that is not there is usage', async () => {
    expect((await runSluice(['validate'])).exitCode).toBe(2);
  });

  describe('with the route objects', () => {
    const full = (side: string) => `chest-xray-mlops.production-${side}.svc.cluster.local`;
    const route = (blue: object, green: object, more: object = {}) => ({
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
      metadata: { namespace: 'production', name: 'chest-xray-mlops' },
      spec: {
        hosts: ['api.example.com'],
        http: [
          {
            route: [
              { destination: blue, weight: 100 },
              { destination: green, weight: 0 },
            ],
            ...more,
          },
        ],
      },
    });
    const validate = (...routes: object[]) => validateAs(configuration, ...routes);
    const validateAs = (text: string, ...routes: object[]) =>
      runSluice(['validate', '--routes', 'routes.yaml'], {
        files: {
          'sluice.yaml': text,
          'fixtures/xray.json': '{}',
          'routes.yaml': JSON.stringify({
            kind: 'List',
            items: [{ kind: 'Gateway', metadata: { name: 'g' } }, ...routes],
          }),
        },
      });

    it.each([
      ['full hosts', 'cluster.local'],
      ['hosts of a cluster with a domain of its own', 'corp.internal'],
    ])('is content with %s', async (_what, domain) => {
      const host = (side: string) => ({ host: `chest-xray-mlops.production-${side}.svc.${domain}` });

      const { exitCode, err } = await validate(route(host('blue'), host('green')));

      expect([exitCode, err]).toEqual([0, '']);
    });

    it('looks for the Services that an observed service names', async () => {
      const observed = configuration
        .replace('    trigger: {', '    mode: observe\n    trigger: {')
        .replace('blue:  { ', 'blue:  { backend: shop-stable, ')
        .replace('green: { ', 'green: { backend: shop-canary, ');
      const host = (name: string, side: string) => ({ host: `${name}.production-${side}.svc.cluster.local` });

      const right = await validateAs(observed, route(host('shop-stable', 'blue'), host('shop-canary', 'green')));
      const wrong = await validateAs(observed, route({ host: full('blue') }, { host: full('green') }));

      expect([right.exitCode, right.err]).toEqual([0, '']);
      expect(wrong.err).toMatch(/no entry of http leads to shop-stable\.production-blue/);
    });

    it.each<[string, RegExp, object, object, object?]>([
      [
        'a host that looks complete and is taken literally',
        /literally and finds no Service; write chest-xray-mlops\.production-blue\.svc\.cluster\.local/,
        { host: 'chest-xray-mlops.production-blue' },
        { host: full('green') },
      ],
      [
        'a short host, which means a Service of the route’s own namespace',
        /no entry of http leads to .* once each/,
        { host: 'chest-xray-mlops' },
        { host: full('green') },
      ],
      [
        'hosts of two domains',
        /are in different domains; a cluster has one/,
        { host: full('blue') },
        { host: 'chest-xray-mlops.production-green.svc.corp.internal' },
      ],
      [
        'a subset',
        /names the subset v2, so that a DestinationRule picks the pods/,
        { host: full('blue'), subset: 'v2' },
        { host: full('green') },
      ],
      [
        'a mirror',
        /mirrors requests to green/,
        { host: full('blue') },
        { host: full('green') },
        { mirror: { host: full('green') } },
      ],
    ])('refuses %s, in plain words', async (_what, words, blue, green, more = {}) => {
      const { exitCode, err } = await validate(route(blue, green, more));

      expect(exitCode).toBe(2);
      expect(err).toMatch(/sluice\.yaml: services\[0\]\.traffic\.route: VirtualService production\/chest-xray-mlops: /);
      expect(err).toMatch(words);
    });

    it('is content with several rules that traffic.rules names, and tells which one it does not', async () => {
      const sluice = (rules: string) => configuration.replace('router: istio,', `router: istio, rules: [${rules}],`);
      const { metadata, spec, ...kind } = route({ host: full('blue') }, { host: full('green') });
      const http = ['api', 'web'].map((name) => ({ name, ...spec.http[0] }));
      const look = (text: string) =>
        runSluice(['validate', '--routes', 'routes.yaml'], {
          files: {
            'sluice.yaml': text,
            'fixtures/xray.json': '{}',
            'routes.yaml': JSON.stringify({ ...kind, metadata, spec: { ...spec, http } }),
          },
        });

      expect(await look(sluice('api, web'))).toMatchObject({ exitCode: 0, err: '' });
      expect((await look(sluice('api'))).err).toContain(
        'http[1] (web) leads to blue and green too; name it in traffic.rules',
      );
      expect((await look(sluice('api, web, more'))).err).toContain('no entry of http is named more');
      expect((await look(configuration)).err).toContain('2 entries of http lead to the environments');
    });

    it('says when the route is not among them, and what is no YAML', async () => {
      const files = { 'sluice.yaml': configuration, 'fixtures/xray.json': '{}', 'routes.yaml': 'a: [' };

      expect((await validate()).err).toContain('production/chest-xray-mlops: it is not among the routes');
      const broken = await runSluice(['validate', '--routes', 'routes.yaml'], { files });
      expect([broken.exitCode, broken.err]).toEqual([2, expect.stringContaining('routes.yaml is not YAML')]);
    });
  });
});

describe('break-glass', () => {
  const host = (environment: string) => `chest-xray-mlops.production-${environment}.svc.cluster.local`;
  const routeOf = (blue: number, green: number, order = ['blue', 'green'], fence?: object) => ({
    metadata: fence === undefined ? {} : { annotations: { 'sluice.dev/fence': JSON.stringify(fence) } },
    spec: {
      http: [
        { match: [{}], route: [{ destination: { host: 'canary.example.com' } }] },
        { route: order.map((one) => ({ destination: { host: host(one) }, weight: one === 'blue' ? blue : green })) },
      ],
    },
  });
  const cluster =
    (
      route: object,
      ready: Readonly<Record<string, number>> = { blue: 3, green: 3 },
    ): NonNullable<TestWorld['runProgram']> =>
    async (_program, words) => {
      const text = words.join(' ');
      const environment = /production-(blue|green)/.exec(text)?.[1] ?? '';
      const object = text.includes('deployment') ? { status: { readyReplicas: ready[environment] } } : route;
      return { code: 0, stdout: JSON.stringify(object), stderr: '' };
    };
  const files = { 'sluice.yaml': configuration };
  const patchIn = (out: string) => JSON.parse(JSON.parse(out).arguments.at(-1));
  const fence = { epoch: 7, seq: 3, operation: 'op1', origin: 'blue', weights: { blue: 75, green: 25 } };

  it('in the middle of a shift puts everything on its origin, wherever the sides stand, or is refused as a whole', async () => {
    const runProgram = cluster(routeOf(75, 25, ['green', 'blue'], fence));

    const { exitCode, out, err } = await runSluice(['break-glass', '-o', 'json'], { files, runProgram });

    expect(exitCode).toBe(0);
    expect(patchIn(out)).toEqual([
      { op: 'test', path: '/spec/http/1/route/0/destination/host', value: host('green') },
      { op: 'test', path: '/spec/http/1/route/1/destination/host', value: host('blue') },
      { op: 'add', path: '/spec/http/1/route/0/weight', value: 0 },
      { op: 'add', path: '/spec/http/1/route/1/weight', value: 100 },
    ]);
    expect(err).toContain('op1');
    expect(err).toMatch(
      /Nothing was changed yet.*abort the running operation, also a rollback.*`sluice status` names it/,
    );
  });

  it.each([
    [
      'is about the origin',
      'blue',
      'is about blue, where everything would go: Alert HighErrorRate: blue is alerting (I7).',
    ],
    ['names no side', null, 'names no side'],
  ])('chooses no side over an alert on the route that %s', async (_what, environment, told) => {
    const alert = { environment, fingerprint: 'f1', startsAt: '2026-11-28T12:00:00Z', by: 'rollback-1' };
    const paused = { at: '2026-11-28T12:00:00Z', reason: 'Alert HighErrorRate: blue is alerting (I7)', alert };
    const runProgram = cluster(routeOf(75, 25, ['blue', 'green'], { ...fence, paused }));

    const { exitCode, out, err } = await runSluice(['break-glass'], { files, runProgram });
    const chosen = await runSluice(['break-glass', '--to', 'green', '-o', 'json'], { files, runProgram });

    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(told);
    expect(err).toContain('--to');
    expect(chosen.exitCode).toBe(0);
  });

  it('goes to the origin when the alert on the route is about the other side', async () => {
    const alert = { environment: 'green', fingerprint: 'f1', startsAt: '2026-11-28T12:00:00Z', by: 'rollback-1' };
    const paused = { at: '2026-11-28T12:00:00Z', reason: 'Alert HighErrorRate', alert };
    const runProgram = cluster(routeOf(75, 25, ['blue', 'green'], { ...fence, paused }));

    expect((await runSluice(['break-glass'], { files, runProgram })).exitCode).toBe(0);
  });

  it('needs no sluice.yaml when the route is named', async () => {
    const runProgram = cluster(routeOf(0, 100));
    const words = ['break-glass', '--route', 'production/chest-xray-mlops', '--context', 'prod'];

    const { out } = await runSluice(words, { runProgram });

    expect(out).toMatch(
      /^kubectl --context prod -n production patch virtualservice\.networking\.istio\.io\/chest-xray-mlops /,
    );
    expect(out).toContain(`"value":100`);
    expect(out.trim().split('\n')).toHaveLength(1);
  });

  it('warns when the side has fewer pods ready than the other', async () => {
    const runProgram = cluster(routeOf(0, 100), { blue: 0, green: 3 });

    const { err } = await runSluice(['break-glass'], { files, runProgram });

    expect(err).toContain('CAREFUL');
    expect(err).toContain('"minReplicas":3');
    expect(err).toContain('scale deployment/chest-xray-mlops --replicas 3');
  });

  it.each([
    [
      '{ kind: ScaledObject, name: xray }',
      ['patch scaledobject/xray', '"minReplicaCount":3', 'scale deployment/'],
      'hpa/',
    ],
    ['{ kind: none }', ['scale deployment/chest-xray-mlops --replicas 3'], 'patch hpa/'],
  ])('says how to raise it where its pods come by %s', async (autoscaler, told, notTold) => {
    const runProgram = cluster(routeOf(0, 100), { blue: 0, green: 3 });
    const written = configuration.replace(/^( +)replicas:.*$/m, `$&\n$1autoscaler: ${autoscaler}`);

    const { err } = await runSluice(['break-glass'], { files: { ...files, 'sluice.yaml': written }, runProgram });

    for (const words of told) expect(err).toContain(words);
    expect(err).not.toContain(notTold);
  });

  it('without a cluster makes the patch for the usual shape, once it is told where to', async () => {
    const told = await runSluice(['break-glass', '--to', 'blue'], { files });
    const untold = await runSluice(['break-glass'], { files });

    expect(told.exitCode).toBe(0);
    expect(told.out).toContain('/spec/http/0/route/0/weight');
    expect(untold.exitCode).toBe(5);
  });

  it('leaves no share with a destination that is neither side, and names it', async () => {
    const stranger = { destination: { host: 'other.shop.svc.cluster.local' }, weight: 5 };
    const { spec } = routeOf(60, 35);
    const [canary, { route }] = spec.http as [object, { route: object[] }];
    const runProgram = cluster({ spec: { http: [canary, { route: [stranger, ...route] }] } });

    const { out, err } = await runSluice(['break-glass', '--to', 'blue', '-o', 'json'], { files, runProgram });

    expect(patchIn(out).filter(({ op }: { op: string }) => op === 'add')).toEqual([
      { op: 'add', path: '/spec/http/1/route/0/weight', value: 0 },
      { op: 'add', path: '/spec/http/1/route/1/weight', value: 100 },
      { op: 'add', path: '/spec/http/1/route/2/weight', value: 0 },
    ]);
    expect(err).toContain('other.shop.svc.cluster.local has a weight of 5');
  });

  it('refuses a route that does not lead to both sides', async () => {
    const runProgram = cluster({ spec: { http: [{ route: [{ destination: { host: host('blue') } }] }] } });

    const { exitCode, err } = await runSluice(['break-glass', '--to', 'blue'], { files, runProgram });

    expect(exitCode).toBe(3);
    expect(err).toContain('RouteNotOurs');
  });

  describe('with named rules', () => {
    const withRules = configuration.replace('router: istio,', 'router: istio, rules: [api, web],');
    const itsFiles = { ...files, 'sluice.yaml': withRules };
    const to = (environment: string, weight?: number) => ({ destination: { host: host(environment) }, weight });
    const rule = (name: string, blue: number) => ({ name, route: [to('blue', blue), to('green', 100 - blue)] });
    const run = (http: readonly object[], ...flags: string[]) =>
      runSluice(['break-glass', '-o', 'json', ...flags], {
        files: itsFiles,
        runProgram: cluster({ ...routeOf(0, 0, [], fence), spec: { http } }),
      });
    const weightsIn = (out: string) =>
      patchIn(out).flatMap(({ op, path, value }: { op: string; path: string; value: unknown }) =>
        op === 'add' ? [[path, value]] : [],
      );
    const other = { name: 'billing', route: [{ destination: { host: 'billing' } }] };

    it('puts all of them back, and goes to the origin while they differ', async () => {
      const { out, err } = await run([other, rule('api', 75), rule('web', 100)]);

      expect(weightsIn(out)).toEqual([
        ['/spec/http/1/route/0/weight', 100],
        ['/spec/http/1/route/1/weight', 0],
        ['/spec/http/2/route/0/weight', 100],
        ['/spec/http/2/route/1/weight', 0],
      ]);
      expect(err).toContain('http[1] (api) has blue 75 %, green 25 %, http[2] (web) has blue 100 %, green 0 %');
    });

    it('goes to the origin without sluice.yaml, too, while the entries differ', async () => {
      const runProgram = cluster({ ...routeOf(0, 0, [], fence), spec: { http: [rule('api', 75), rule('web', 100)] } });
      const words = ['break-glass', '--route', 'production/chest-xray-mlops', '-o', 'json'];

      expect(JSON.parse((await runSluice(words, { runProgram })).out)).toMatchObject({ to: 'blue' });
    });

    it('gives a rule back the side that somebody took out of it, or is refused as a whole', async () => {
      const alone = { name: 'web', route: [to('green')] };
      const { out, err } = await run([rule('api', 75), alone]);

      expect(patchIn(out).slice(0, 2)).toEqual([
        { op: 'test', path: '/spec/http/1/route', value: [{ destination: { host: host('green') } }] },
        { op: 'add', path: '/spec/http/1/route', value: [to('green', 0), to('blue', 100)] },
      ]);
      expect(weightsIn(out).slice(1)).toEqual([
        ['/spec/http/0/route/0/weight', 100],
        ['/spec/http/0/route/1/weight', 0],
      ]);
      expect(err).toContain('CAREFUL');
    });

    it('expects them in their order where the route cannot be read', async () => {
      const { out } = await run([], '--to', 'blue', '--offline');

      expect(patchIn(out).slice(0, 2)).toEqual([
        { op: 'test', path: '/spec/http/0/name', value: 'api' },
        { op: 'test', path: '/spec/http/1/name', value: 'web' },
      ]);
      expect(weightsIn(out)).toHaveLength(4);
    });
  });

  it('makes the patch of an HTTPRoute too', async () => {
    const backend = (environment: string, weight: number) => ({
      name: 'shop',
      namespace: `shop-${environment}`,
      weight,
    });
    const runProgram = cluster({ spec: { rules: [{ backendRefs: [backend('blue', 50), backend('green', 50)] }] } });
    const words = ['break-glass', '--route', 'edge/shop', '--router', 'gateway-api', '--to', 'green', '-o', 'json'];

    const { out } = await runSluice(words, { runProgram });

    expect(patchIn(out)).toContainEqual({
      op: 'test',
      path: '/spec/rules/0/backendRefs/1/namespace',
      value: 'shop-green',
    });
    expect(patchIn(out)).toContainEqual({ op: 'add', path: '/spec/rules/0/backendRefs/1/weight', value: 100 });
  });

  describe('of an Ingress', () => {
    const arnOf = (side: string) =>
      `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-${side}/0123456789abcdef`;
    const actionOf = (blue: number, green: number) =>
      JSON.stringify({
        type: 'forward',
        forwardConfig: {
          targetGroups: [
            { targetGroupARN: arnOf('blue'), weight: blue },
            { targetGroupARN: arnOf('green'), weight: green },
          ],
        },
      });
    const annotation = 'alb.ingress.kubernetes.io/actions.shop';
    const path = '/metadata/annotations/alb.ingress.kubernetes.io~1actions.shop';
    const backend = { service: { name: 'shop', port: { name: 'use-annotation' } } };
    const ingress = (blue: number, green: number) => ({
      metadata: { annotations: { [annotation]: actionOf(blue, green) } },
      spec: { rules: [{ host: 'shop.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
    });
    const behindAlb = configuration
      .replace('router: istio,', `router: alb, targetGroups: { blue: '${arnOf('blue')}', green: '${arnOf('green')}' },`)
      .replace('minSamples: 100', 'minSamples: 0');
    const itsFiles = { ...files, 'sluice.yaml': behindAlb };

    it('makes the patch of the whole action, which is refused when somebody has changed it meanwhile', async () => {
      const runProgram = cluster(ingress(50, 50));

      const { out, err } = await runSluice(['break-glass', '--to', 'green', '-o', 'json'], {
        files: itsFiles,
        runProgram,
      });

      expect(patchIn(out)).toEqual([
        { op: 'test', path, value: actionOf(50, 50) },
        { op: 'add', path, value: actionOf(0, 100) },
      ]);
      expect(err).toContain('The traffic is at');
    });

    it('finds the sides by the names of the target groups without sluice.yaml, and says what it cannot look at', async () => {
      const words = ['break-glass', '--route', 'edge/shop', '--router', 'alb', '-o', 'json'];

      const { out, err } = await runSluice(words, { runProgram: cluster(ingress(0, 100)) });

      expect(patchIn(out)).toContainEqual({ op: 'add', path, value: actionOf(100, 0) });
      expect(err).toContain('look at blue before you patch');
    });

    it('needs the cluster: the weights are inside of an annotation', async () => {
      const { exitCode, err } = await runSluice(['break-glass', '--to', 'blue', '--offline'], { files: itsFiles });

      expect([exitCode, err]).toEqual([2, expect.stringContaining('has to be read first')]);
    });
  });
});

describe('proving an audit', () => {
  const chain = (...words: [action: string, phase: 'intent' | 'result'][]) => {
    const entries: AuditEntry[] = [];
    for (const [action, phase] of words) {
      const entry = { at: instant(1_000), actor: 'sluice', action, phase, details: {} };
      entries.push(chainEntry('op1', entries.at(-1) ?? null, entry));
    }
    return entries.map((entry) => ({ ...entry, details: { ...entry.details } }));
  };
  const whole = chain(
    ['set-weight', 'intent'],
    ['set-weight', 'intent'],
    ['set-weight', 'result'],
    ['end', 'intent'],
    ['end', 'result'],
  );

  it('accepts a whole one, also where a task died and was repeated', () => {
    expect(proveAudit({ chain: 'op1', state: 'ended', entries: whole, head: null })).toMatchObject({
      broken: null,
      missing: [],
      count: 5,
    });
  });

  it.each([
    ['a changed entry', whole.map((entry) => (entry.seq === 3 ? { ...entry, actor: 'mallory' } : entry)), 3],
    ['a removed entry', whole.filter(({ seq }) => seq !== 2), 2],
    ['two entries in another order', [whole[1], whole[0]].filter((entry) => entry !== undefined), 1],
  ])('finds %s', (_what, entries, at) => {
    expect(proveAudit({ chain: 'op1', state: 'ended', entries, head: null }).broken?.at).toBe(at);
  });

  it('finds what is open in one that has ended', () => {
    const cut = { chain: 'op1', entries: whole.slice(0, 4), head: null };

    expect(proveAudit({ ...cut, state: 'ended' }).missing).toHaveLength(2);
    expect(proveAudit({ ...cut, state: 'open' }).missing).toEqual([]);
  });

  it('finds that the end is missing which is on record, also of one that has not ended', () => {
    const cut = { chain: 'op1', state: 'open' as const, entries: whole.slice(0, 3), head: whole.at(-1) ?? null };

    expect(proveAudit(cut)).toMatchObject({ broken: { at: 4 }, head: null, onRecord: 5 });
    expect(proveAudit({ ...cut, entries: whole })).toMatchObject({ broken: null, onRecord: 5 });
  });
});
