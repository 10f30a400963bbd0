import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatewayDialect } from '../../../../adapters/traffic/gateway-router.ts';
import { istioDialect } from '../../../../adapters/traffic/istio-router.ts';
import { readWeights, weightsTogether, withWeights } from '../../../../adapters/traffic/weighted-route.ts';

const hosts = { blue: 'app.production-blue.svc.cluster.local', green: 'app.production-green.svc.cluster.local' };
const dialect = istioDialect('production');
const to = (host: string, weight?: unknown) => ({ destination: { host, port: { number: 80 } }, weight });
const read = (http: readonly unknown[]) => readWeights({ hosts: ['app.example.com'], http }, dialect, hosts);

describe('readWeights', () => {
  it('reads the weights by destination, whatever their order', () => {
    const reading = read([{ route: [to(hosts.green, 30), to(hosts.blue, 70)] }]);

    expect(reading).toEqual({ kind: 'ours', weights: { blue: 70, green: 30 } });
  });

  it('takes a missing weight for 0, as Istio does beside others', () => {
    const reading = read([{ route: [to(hosts.blue, 100), to(hosts.green)] }]);

    expect(reading).toEqual({ kind: 'ours', weights: { blue: 100, green: 0 } });
  });

  it('lets other http routes be', () => {
    const redirect = { match: [{ uri: { prefix: '/old' } }], redirect: { uri: '/new' } };
    const reading = read([redirect, { route: [to(hosts.blue, 100), to(hosts.green, 0)] }]);

    expect(reading.kind).toBe('ours');
  });

  it('reads weights that break I1 as they are: what a return may repair is decided elsewhere', () => {
    const reading = read([{ route: [to(hosts.blue, 60), to(hosts.green, 60)] }]);

    expect(reading).toEqual({ kind: 'ours', weights: { blue: 60, green: 60 } });
  });

  it.each([
    ['a third destination', [{ route: [to(hosts.blue, 50), to(hosts.green, 50), to('canary', 0)] }], 'canary'],
    [
      'traffic beside the weighted route',
      [{ match: [{}], route: [to(hosts.green)] }, { route: [to(hosts.blue, 50), to(hosts.green, 50)] }],
      '2 entries of http',
    ],
    [
      'a second weighted route',
      [
        { match: [{}], route: [to(hosts.blue, 0), to(hosts.green, 100)] },
        { route: [to(hosts.blue, 50), to(hosts.green, 50)] },
      ],
      '2 entries of http',
    ],
  ])('finds %s odd, and the weights for everybody else all the same', (_, http, problem) => {
    const reading = read(http);

    expect(reading).toEqual({
      kind: 'odd',
      weights: { blue: 50, green: 50 },
      problem: expect.stringContaining(problem),
    });
  });

  it.each([
    ['a missing destination', [{ route: [to(hosts.blue)] }], { blue: 100, green: 0 }, `once each, but ${hosts.blue}`],
    [
      'a doubled destination',
      [{ route: [to(hosts.blue, 50), to(hosts.blue, 40), to(hosts.green, 10)] }],
      { blue: 90, green: 10 },
      `${hosts.blue} and ${hosts.blue} and ${hosts.green}`,
    ],
  ])('finds %s odd, and knows where the traffic is all the same', (_, http, weights, problem) => {
    expect(read(http)).toEqual({ kind: 'odd', weights, problem: expect.stringContaining(problem) });
  });

  it('cannot use a route that leads to neither of them', () => {
    expect(read([])).toEqual({ kind: 'not-ours', problem: expect.stringContaining('but to neither of them') });
  });

  const pair = { route: [to(hosts.blue, 50), to(hosts.green, 50)] };
  const elsewhere = { match: [{ uri: { prefix: '/old' } }], route: [to('legacy.shop.svc.cluster.local')] };
  it.each([
    ['mirror', { ...pair, mirror: { host: hosts.green } }],
    ['mirrors', { ...pair, mirrors: [{ destination: { host: hosts.green }, percentage: { value: 5 } }] }],
    ['mirror in the short form of another list entry', { ...elsewhere, mirror: { host: hosts.green, port: {} } }],
    ['mirrorPercentage', { ...pair, mirror: { host: hosts.green }, mirrorPercentage: { value: 0.1 } }],
  ])('sees requests that are copied to a side by %s (I3)', (_, entry) => {
    const problem = expect.stringMatching(/mirrors requests to green \(app\.production-green/);

    expect(read(entry === pair ? [entry] : [entry, pair])).toMatchObject({ kind: 'odd', problem });
  });

  it.each([
    ['a copy for somebody else', { ...pair, mirror: { host: 'audit.shop.svc.cluster.local' } }],
    ['a copy of nothing', { ...pair, mirror: { host: hosts.green }, mirrorPercentage: { value: 0 } }],
    ['a copy of nothing in a list', { ...pair, mirrors: [{ destination: { host: hosts.green }, percentage: {} }] }],
  ])('lets %s be', (_, entry) => {
    expect(read([entry]).kind).toBe('ours');
  });

  it.each(['tls', 'tcp'])('sees %s that leads to a side, whatever the weights say', (list) => {
    const spec = { http: [pair], [list]: [{ match: [{ port: 443 }], route: [to(hosts.green)] }] };

    expect(readWeights(spec, dialect, hosts)).toMatchObject({
      kind: 'odd',
      weights: { blue: 50, green: 50 },
      problem: expect.stringContaining(`${list}[0] leads to green`),
    });
  });

  it.each([
    ['of a cluster with its own domain', 'app.production-blue.svc.my.domain', 'app.production-green.svc.my.domain'],
    ['of the usual domain', hosts.blue, hosts.green],
  ])('understands hosts %s', (_, blue, green) => {
    expect(read([{ route: [to(blue, 70), to(green, 30)] }])).toEqual({
      kind: 'ours',
      weights: { blue: 70, green: 30 },
    });
  });

  it('understands a short host in the namespace of the route, as Istio does', () => {
    const short = readWeights(
      { http: [{ route: [to('app', 70), to(hosts.green, 30)] }] },
      istioDialect('production-blue'),
      hosts,
    );

    expect(short).toEqual({ kind: 'ours', weights: { blue: 70, green: 30 } });
    expect(read([{ route: [to('app', 70), to(hosts.green, 30)] }]).kind).toBe('odd');
  });

  it.each([
    ['a host without its end', 'app.production-green', 'literally'],
    ['a host without its domain', 'app.production-green.svc', 'write app.production-green.svc.cluster.local'],
    ['two domains', 'app.production-green.svc.my.domain', 'different domains'],
  ])('refuses %s to a shift, and knows for a return what is meant', (_, green, problem) => {
    expect(read([{ route: [to(hosts.blue, 70), to(green, 30)] }])).toEqual({
      kind: 'odd',
      weights: { blue: 70, green: 30 },
      problem: expect.stringContaining(problem),
    });
  });

  it('refuses subsets to a shift, whose pods nobody judges, and adds them up for a return', () => {
    const subset = (name: string, weight: number) => ({ destination: { host: hosts.green, subset: name }, weight });
    const one = read([{ route: [to(hosts.blue, 70), subset('v2', 30)] }]);
    const two = read([{ route: [to(hosts.blue, 70), subset('v1', 10), subset('v2', 20)] }]);

    for (const reading of [one, two]) {
      expect(reading).toEqual({
        kind: 'odd',
        weights: { blue: 70, green: 30 },
        problem: expect.stringContaining('subset v2'),
      });
    }
  });
});

describe('withWeights', () => {
  it('changes the two weights and nothing else', () => {
    const other = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), other, fc.boolean(), (blue, extra, swapped) => {
        const pair = [to(hosts.blue, 100), to(hosts.green, 0)];
        const route = { ...extra, timeout: '5s', route: swapped ? pair.reverse() : pair };
        const before = { hosts: ['app.example.com'], http: [{ redirect: { uri: '/' } }, route] };
        const weights = { blue, green: 100 - blue };

        const spec = withWeights(before, dialect, hosts, weights);

        expect(readWeights(spec, dialect, hosts)).toEqual({ kind: 'ours', weights });
        expect(spec.http?.[0]).toBe(before.http[0]);
        expect(withWeights(spec, dialect, hosts, { blue: 100, green: 0 })).toEqual({ http: before.http });
      }),
    );
  });
});

describe('the way back', () => {
  const write = (http: readonly unknown[], weights: { blue: number; green: number }) =>
    withWeights({ http }, dialect, hosts, weights).http;
  const allBlue = { blue: 100, green: 0 };

  it('adds a side that somebody took out of the route, in the words of the one that is there', () => {
    const green = { destination: { host: 'app.production-green.svc.my.domain', port: { number: 80 }, subset: 'v2' } };

    expect(write([{ timeout: '5s', route: [green] }], allBlue)).toEqual([
      {
        timeout: '5s',
        route: [
          { ...green, weight: 0 },
          { destination: { host: 'app.production-blue.svc.my.domain', port: { number: 80 } }, weight: 100 },
        ],
      },
    ]);
    expect(write([{ route: [green] }], { blue: 0, green: 100 })).toEqual([{ route: [{ ...green, weight: 100 }] }]);
  });

  it('gives nothing to any subset of the side that is left, and everything to the larger one of the other', () => {
    const subset = (host: string, name: string, weight: number) => ({ destination: { host, subset: name }, weight });
    const before = [
      subset(hosts.blue, 'a', 5),
      subset(hosts.blue, 'b', 15),
      subset(hosts.green, 'a', 40),
      subset(hosts.green, 'b', 40),
    ];

    const [entry] = write([{ route: before }], allBlue) as { route: { weight: number }[] }[];

    expect(entry?.route.map(({ weight }) => weight)).toEqual([0, 100, 0, 0]);
  });

  it('leaves no share with a destination that is neither side', () => {
    const stranger = { destination: { host: 'other.shop.svc.cluster.local' }, weight: 5 };
    const mirrored = { mirror: { host: 'other.shop.svc.cluster.local' } };

    expect(write([{ ...mirrored, route: [to(hosts.blue, 95), stranger] }], allBlue)).toEqual([
      { ...mirrored, route: [to(hosts.blue, 100), { ...stranger, weight: 0 }] },
    ]);
    expect(write([{ route: [to(hosts.blue, 60), to(hosts.green, 35), stranger] }], allBlue)).toEqual([
      { route: [to(hosts.blue, 100), to(hosts.green, 0), { ...stranger, weight: 0 }] },
    ]);
  });

  it('takes the entry for everybody else when none leads to both sides', () => {
    const canary = { match: [{ headers: { canary: {} } }], route: [to(hosts.blue, 100)] };

    expect(write([canary, { route: [to(hosts.green, 100)] }], allBlue)).toEqual([
      canary,
      { route: [to(hosts.green, 0), to(hosts.blue, 100)] },
    ]);
  });

  it('can write whatever leads to a side at all, in any order and number (rule 6)', () => {
    const target = fc.record({
      destination: fc.record({
        host: fc.constantFrom(hosts.blue, hosts.green, 'app.production-green', 'other.shop.svc.cluster.local'),
      }),
      weight: fc.option(fc.nat(100), { nil: undefined }),
    });
    const route = fc.array(fc.record({ route: fc.array(target, { maxLength: 4 }) }), { maxLength: 3 });
    fc.assert(
      fc.property(route, fc.constantFrom(allBlue, { blue: 0, green: 100 }), (http, wanted) => {
        const spec = { http };
        fc.pre(readWeights(spec, dialect, hosts).kind !== 'not-ours');

        const written = withWeights(spec, dialect, hosts, wanted);

        const after = readWeights(written, dialect, hosts);
        expect(after.kind).not.toBe('not-ours');
        if (after.kind !== 'not-ours') expect(after.weights).toEqual(wanted);
        const taken = written.http?.filter((_, index) => written.http?.[index] !== http[index]) as
          | typeof http
          | undefined;
        for (const entry of taken ?? []) {
          expect(entry.route.reduce((sum, { weight }) => sum + (weight ?? 0), 0)).toBe(100);
        }
      }),
    );
  });
});

describe('named rules', () => {
  const rule = (name: string, blue: number) => ({ name, route: [to(hosts.blue, blue), to(hosts.green, 100 - blue)] });
  const readNamed = (http: readonly unknown[], ...rules: string[]) => readWeights({ http }, dialect, hosts, rules);

  it('have one pair of weights together', () => {
    expect(readNamed([rule('api', 30), { route: [to('billing')] }, rule('web', 30)], 'api', 'web')).toEqual({
      kind: 'ours',
      weights: { blue: 30, green: 70 },
    });
  });

  it('have something in between while they differ, and say what each has', () => {
    expect(readNamed([rule('api', 100), rule('web', 30)], 'api', 'web')).toEqual({
      kind: 'odd',
      weights: { blue: 65, green: 35 },
      problem:
        'http[0] (api) has blue 100 %, green 0 %, http[1] (web) has blue 30 %, green 70 %; give the rules of traffic.rules the same weights',
    });
  });

  it('give a side all or none of the traffic only if each does, and have weights as one has', () => {
    const pair = fc.integer({ min: 0, max: 100 }).map((blue) => ({ blue, green: 100 - blue }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 4 }), (pairs) => {
        const { blue, green } = weightsTogether(pairs);

        expect(Number.isInteger(blue) && blue + green === 100).toBe(true);
        expect([blue === 100, green === 100]).toEqual([
          pairs.every((one) => one.blue === 100),
          pairs.every((one) => one.green === 100),
        ]);
      }),
    );
    expect(
      weightsTogether([
        { blue: 100, green: 0 },
        { blue: 60, green: 60 },
      ]),
    ).toEqual({ blue: 80, green: 30 });
    const nearly = [...Array.from({ length: 9 }, () => ({ blue: 100, green: 0 })), { blue: 99, green: 1 }];
    expect(weightsTogether(nearly)).toEqual({ blue: 99, green: 1 });
  });

  it('are all those of a name: Istio allows it twice', () => {
    const http = [rule('api', 100), rule('api', 100)];

    expect(readNamed(http, 'api').kind).toBe('ours');
    expect(withWeights({ http }, dialect, hosts, { blue: 40, green: 60 }, ['api'])).toEqual({
      http: [rule('api', 40), rule('api', 40)],
    });
  });

  it('lead to the environments and to nothing else', () => {
    const stranger = { name: 'api', route: [to(hosts.blue, 50), to(hosts.green, 50), to('canary', 0)] };
    const subset = { ...to(hosts.green, 0), destination: { host: hosts.green, subset: 'v2' } };

    expect(readNamed([stranger], 'api')).toMatchObject({ problem: 'http[0] (api) also leads to canary' });
    expect(readNamed([{ name: 'api', route: [to(hosts.blue, 100), subset] }], 'api')).toMatchObject({
      problem: expect.stringMatching(/^http\[0\] \(api\): .* names the subset v2/),
    });
  });

  it('can be written back whatever became of them, and nothing else is touched (rule 6)', () => {
    const host = fc.constantFrom(hosts.blue, hosts.green, 'other.shop.svc.cluster.local');
    const target = fc.record({ destination: fc.record({ host }), weight: fc.option(fc.nat(100), { nil: undefined }) });
    const entry = fc.record({
      name: fc.constantFrom('api', 'web', 'billing', undefined),
      route: fc.array(target, { maxLength: 3 }),
    });
    const wanted = { blue: 100, green: 0 };
    const rules = ['api', 'web'];
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), (http) => {
        fc.pre(readWeights({ http }, dialect, hosts, rules).kind !== 'not-ours');

        const written = withWeights({ http }, dialect, hosts, wanted, rules).http ?? [];

        const after = readWeights({ http: written }, dialect, hosts, rules);
        expect(after).toMatchObject({ weights: wanted });
        const reaches = ({ route }: (typeof http)[number], one: string) =>
          route.some(({ destination }) => destination.host === one);
        for (const [index, before] of http.entries()) {
          const isOurs = reaches(before, hosts.blue) || reaches(before, hosts.green);
          const { name, route } = written[index] as typeof before; // of the same list
          if (isOurs && rules.includes(name ?? '')) {
            expect(route.filter(({ weight = 0 }) => weight > 0).map(({ destination }) => destination.host)).toEqual([
              hosts.blue,
            ]);
          }
          if (!isOurs) expect(written[index]).toBe(before);
        }
      }),
    );
  });
});

describe('an HTTPRoute', () => {
  const services = { blue: 'production-blue/app', green: 'production/app' };
  const dialect = gatewayDialect('production');
  const blue = { kind: 'Service', namespace: 'production-blue', name: 'app', port: 80, weight: 100 };

  it('leads to Services, by default to those beside it and with a weight of 1', () => {
    const spec = { rules: [{ backendRefs: [blue, { name: 'app', port: 80 }] }] };

    expect(readWeights(spec, dialect, services)).toEqual({ kind: 'ours', weights: { blue: 100, green: 1 } });
    expect(withWeights(spec, dialect, services, { blue: 40, green: 60 })).toEqual({
      rules: [
        {
          backendRefs: [
            { ...blue, weight: 40 },
            { name: 'app', port: 80, weight: 60 },
          ],
        },
      ],
    });
  });

  it('does not take another kind of the same name for a Service', () => {
    const spec = { rules: [{ backendRefs: [blue, { kind: 'ServiceImport', name: 'app', weight: 0 }] }] };

    expect(readWeights(spec, dialect, services)).toMatchObject({
      kind: 'odd',
      problem: expect.stringContaining('ServiceImport production/app'),
    });
  });

  const mirror = (more: object = {}) => ({
    type: 'RequestMirror',
    requestMirror: { backendRef: { name: 'app', port: 80 }, ...more },
  });
  const split = [blue, { name: 'app', port: 80, weight: 0 }];
  it.each([
    ['of a rule', { backendRefs: split, filters: [mirror()] }],
    ['of a backend', { backendRefs: [{ ...blue, filters: [mirror({ percent: 10 })] }, split[1]] }],
  ])('copies requests by a filter %s (I3)', (_, rule) => {
    expect(readWeights({ rules: [rule] }, dialect, services)).toMatchObject({
      kind: 'odd',
      problem: expect.stringContaining('rules[0] mirrors requests to green (production/app)'),
    });
  });

  it.each([
    ['percent', { percent: 0 }],
    ['fraction', { fraction: { numerator: 0, denominator: 1000 } }],
  ])('copies nothing at a %s of 0', (_, none) => {
    const spec = { rules: [{ backendRefs: split, filters: [mirror(none)] }] };

    expect(readWeights(spec, dialect, services).kind).toBe('ours');
  });
});
