import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gatewayDialect } from '../../../../adapters/traffic/gateway-router.ts';
import { istioDialect } from '../../../../adapters/traffic/istio-router.ts';
import { readWeights, withWeights } from '../../../../adapters/traffic/weighted-route.ts';

const hosts = { blue: 'app.production-blue.svc.cluster.local', green: 'app.production-green.svc.cluster.local' };
const to = (host: string, weight?: unknown) => ({ destination: { host, port: { number: 80 } }, weight });
const read = (http: readonly unknown[]) => readWeights({ hosts: ['app.example.com'], http }, istioDialect, hosts);

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
    ['a missing destination', [{ route: [to(hosts.blue, 100)] }], `once each, but ${hosts.blue}`],
    [
      'a doubled destination',
      [{ route: [to(hosts.blue, 50), to(hosts.blue, 50), to(hosts.green)] }],
      `${hosts.blue} and ${hosts.blue} and ${hosts.green}`,
    ],
    ['no route at all', [], 'but to neither of them'],
  ])('cannot use %s', (_, http, problem) => {
    const reading = read(http);

    expect(reading).toEqual({ kind: 'not-ours', problem: expect.stringContaining(problem) });
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

        const spec = withWeights(before, istioDialect, hosts, weights);

        expect(readWeights(spec, istioDialect, hosts)).toEqual({ kind: 'ours', weights });
        expect(spec.http?.[0]).toBe(before.http[0]);
        expect(withWeights(spec, istioDialect, hosts, { blue: 100, green: 0 })).toEqual({ http: before.http });
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
      kind: 'not-ours',
      problem: expect.stringContaining('ServiceImport production/app'),
    });
  });
});
