import { describe, expect, it } from 'vitest';
import { createRoutingTable, type Endpoint, type Routes } from '../../../../sandbox/router/routing-table.ts';

const pod = (name: string, port: number): Endpoint => ({ pod: name, address: '127.0.0.1', port, version: 'v1' });

const routes = (weights: { blue: number; green: number }, blue: Endpoint[], green: Endpoint[]): Routes => ({
  virtualHosts: [
    {
      hosts: ['xray.example.com', '*.xray.example.com'],
      destinations: [
        { namespace: 'production-blue', service: 'xray', weight: weights.blue },
        { namespace: 'production-green', service: 'xray', weight: weights.green },
      ],
    },
  ],
  backends: [
    { namespace: 'production-blue', service: 'xray', environment: 'blue', endpoints: blue },
    { namespace: 'production-green', service: 'xray', environment: 'green', endpoints: green },
  ],
});

describe('routing table', () => {
  it('finds a route by host name, whatever its case and port', () => {
    const table = createRoutingTable();
    table.set(routes({ blue: 100, green: 0 }, [pod('b1', 1)], []));

    expect(table.choose('XRAY.example.com:4080')?.backend.environment).toBe('blue');
    expect(table.choose('api.xray.example.com')?.backend.environment).toBe('blue');
    expect(table.choose('other.example.com')).toBeUndefined();
  });

  it.each([
    ['prefix', '/api', ['/api', '/api/x?y', '/apix'], ['/ap', '/x/api']],
    ['segments', '/api', ['/api', '/api/x?y', '/api/'], ['/apix', '/ap']],
    ['exact', '/api', ['/api', '/api?y=/z'], ['/api/x', '/']],
  ] as const)('takes the first rule that matches: %s', (type, value, inside, outside) => {
    const table = createRoutingTable();
    const { virtualHosts, backends } = routes({ blue: 100, green: 0 }, [], []);
    const destinations = [{ namespace: 'production-green', service: 'xray', weight: 1 }];
    const hosts = ['xray.example.com'];
    table.set({ virtualHosts: [{ hosts, path: { type, value }, destinations }, ...virtualHosts], backends });
    const chosen = (path: string) => table.choose('xray.example.com', path)?.backend.environment;

    expect(inside.map(chosen)).toEqual(inside.map(() => 'green'));
    expect(outside.map(chosen)).toEqual(outside.map(() => 'blue'));
  });

  it('knows no path that no rule of the most specific host has', () => {
    const table = createRoutingTable();
    const { virtualHosts, backends } = routes({ blue: 100, green: 0 }, [], []);
    const destinations = [{ namespace: 'production-green', service: 'xray', weight: 1 }];
    const api = { hosts: ['api.xray.example.com'], path: { type: 'prefix', value: '/api' }, destinations } as const;
    table.set({ virtualHosts: [...virtualHosts, api], backends });

    expect(table.choose('api.xray.example.com', '/api')?.backend.environment).toBe('green');
    expect(table.choose('api.xray.example.com', '/other')).toBeUndefined();
    expect(table.hasHost('api.xray.example.com')).toBe(true);
  });

  it('goes round the pods of an environment', () => {
    const table = createRoutingTable();
    table.set(routes({ blue: 100, green: 0 }, [pod('b1', 1), pod('b2', 2), pod('b3', 3)], []));

    const chosen = Array.from({ length: 6 }, () => table.choose('xray.example.com')?.next()?.pod);

    expect(chosen).toEqual(['b1', 'b2', 'b3', 'b1', 'b2', 'b3']);
  });

  it('offers a request each pod once, by the pods of that moment', () => {
    const table = createRoutingTable();
    table.set(routes({ blue: 100, green: 0 }, [pod('b1', 1), pod('b2', 2)], []));
    const choice = table.choose('xray.example.com');
    const first = choice?.next()?.pod;

    table.set(routes({ blue: 100, green: 0 }, [pod('b1', 1), pod('b3', 3)], []));

    expect(first).toBe('b1');
    expect(choice?.next()?.pod).toBe('b3');
    expect(choice?.next()).toBeUndefined();
  });

  it('keeps the turns of the split while pods come and go, and follows new weights with the next request', () => {
    const table = createRoutingTable();
    const seen: (string | undefined)[] = [];
    for (let i = 0; i < 100; i += 1) {
      table.set(routes({ blue: 75, green: 25 }, [pod('b', i)], [pod('g', 1000 + i)]));
      seen.push(table.choose('xray.example.com')?.backend.environment);
    }

    table.set(routes({ blue: 0, green: 100 }, [pod('b', 1)], [pod('g', 2)]));

    expect(seen.filter((environment) => environment === 'green')).toHaveLength(25);
    expect(table.choose('xray.example.com')?.backend.environment).toBe('green');
  });

  it('a preview goes to its environment whatever the weights say', () => {
    const table = createRoutingTable();
    table.set(routes({ blue: 100, green: 0 }, [pod('b1', 1)], [pod('g1', 2)]));

    expect(table.chooseEnvironment('green', '127.0.0.1:4082')?.next()?.pod).toBe('g1');
    expect(table.chooseEnvironment('red', '127.0.0.1:4082')).toBeUndefined();
  });
});
