import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPrometheusSource } from '../../../adapters/metrics/prometheus-source.ts';
import { createWebSource } from '../../../adapters/metrics/web-source.ts';
import { milliseconds } from '../../../contracts/duration.ts';
import { parseInstant } from '../../../contracts/instant.ts';
import { json, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const values = {
  service: 'chest-xray-mlops',
  environment: 'green',
  namespace: 'production-green',
  version: 'v2.1.0',
  backend: 'chest-xray-mlops',
  window: '90s',
};

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
beforeEach(() => {
  server.seen.length = 0;
});
afterAll(() => server.close());

describe('createPrometheusSource', () => {
  const value = { metric: {}, value: [1_763_884_800, '0.02'] };

  it('asks for the query with its placeholders filled, as a form, with the token', async () => {
    server.answer(json({ status: 'success', data: { resultType: 'vector', result: [value] } }));
    const source = createPrometheusSource({
      url: `${server.url}/prometheus/`,
      access: { headers: async () => ({ authorization: 'Bearer secret' }), forget: () => undefined },
    });

    const reading = await source.query('sum(rate(errors{namespace="{{namespace}}"}[{{window}}]))', values);

    expect(reading).toEqual({ kind: 'value', value: 0.02 });
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/prometheus/api/v1/query' });
    expect(server.seen[0]?.headers.authorization).toBe('Bearer secret');
    const form = new URLSearchParams(server.seen[0]?.body);
    expect(form.get('query')).toBe('sum(rate(errors{namespace="production-green"}[90s]))');
  });

  it('asks as of an earlier time', async () => {
    server.answer(json({ status: 'success', data: { resultType: 'vector', result: [value] } }));

    await createPrometheusSource({ url: server.url }).query('up', values, { at: parseInstant('2026-11-22T10:00:00Z') });

    expect(new URLSearchParams(server.seen[0]?.body).get('time')).toBe('2026-11-22T10:00:00.000Z');
  });

  it('tells a server that has PromQL only, and no rules, from one that has none loaded', async () => {
    server.answer((_, response) => response.writeHead(404).end('404 page not found'));
    const source = createPrometheusSource({ url: server.url });

    expect(await source.rules?.(values)).toEqual({
      kind: 'unreachable',
      reason: 'Prometheus answered GET /api/v1/rules with status 404',
    });
    expect(await source.alertmanagers?.(values)).toMatchObject({ kind: 'unreachable' });
  });

  it('passes on why a query was refused', async () => {
    server.answer(json({ status: 'error', errorType: 'bad_data', error: '1:5: parse error' }, 400));

    const reading = await createPrometheusSource({ url: server.url }).query('sum(', values);

    expect(reading).toEqual({ kind: 'unreachable', reason: 'Prometheus refused the query: 1:5: parse error' });
  });

  it('asks again where it was asked too much, as Amazon’s says it', async () => {
    let asked = 0;
    server.answer((request, response) => {
      asked += 1;
      const isEarly = asked < 3;
      const limited = json({ message: 'Rate exceeded' }, 429);
      const answered = json({ status: 'success', data: { resultType: 'vector', result: [value] } });
      return (isEarly ? limited : answered)(request, response);
    });

    expect(await createPrometheusSource({ url: server.url }).query('up', values)).toEqual({
      kind: 'value',
      value: 0.02,
    });
  });

  it('passes on what else than Prometheus answered, with its status', async () => {
    server.answer(json({ message: 'Workspace not found: ws-0a1b' }, 404));

    expect(await createPrometheusSource({ url: server.url }).query('up', values)).toEqual({
      kind: 'unreachable',
      reason:
        'Prometheus answered with status 404, something other than the result of an instant query: {"message":"Workspace not found: ws-0a1b"}',
    });
  });

  it('calls a server that is too slow unreachable (I11)', async () => {
    server.answer(() => {});
    const source = createPrometheusSource({ url: server.url, within: milliseconds(30) });

    const reading = await source.query('up', values);

    expect(reading).toEqual({ kind: 'unreachable', reason: 'Prometheus: query: no answer within 30 ms' });
  });

  it('calls a server that is not there unreachable', async () => {
    const reading = await createPrometheusSource({ url: 'http://127.0.0.1:9' }).query('up', values);

    expect(reading).toEqual({ kind: 'unreachable', reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('tries again while the server is starting', async () => {
    let answers = 0;
    server.answer((request, response) => {
      answers += 1;
      if (answers === 1) response.writeHead(503).end();
      else json({ status: 'success', data: { resultType: 'vector', result: [value] } })(request, response);
    });

    expect(await createPrometheusSource({ url: server.url }).query('up', values)).toMatchObject({ kind: 'value' });
  });
});

describe('createWebSource', () => {
  const statistics = { green: { requests: 200, errors: 3 }, blue: { requests: 0, errors: 0 } };
  const source = () => createWebSource({ url: `${server.url}/stats?service={{service}}&window={{window}}` });

  it('evaluates the expression on the document of the address, both with their placeholders', async () => {
    server.answer(json(statistics));

    const byText = await source().query('{{environment}}.(errors / requests)', values);
    const byVariable = await source().query('$lookup($, $environment).requests', values);

    expect(byText).toEqual({ kind: 'value', value: 0.015 });
    expect(byVariable).toEqual({ kind: 'value', value: 200 });
    expect(server.seen[0]?.path).toBe('/stats?service=chest-xray-mlops&window=90s');
  });

  it('knows the difference between nothing and nonsense', async () => {
    server.answer(json(statistics));

    expect(await source().query('yellow.errors', values)).toEqual({ kind: 'no-data' });
    expect(await source().query('green', values)).toEqual({
      kind: 'unreachable',
      reason: 'the expression gives {"requests":200,"errors":3}, not a number',
    });
    expect(await source().query('green.(', values)).toMatchObject({ kind: 'unreachable' });
  });

  it('has no past', async () => {
    server.answer(json(statistics));

    const reading = await source().query('green.errors', values, { at: parseInstant('2026-11-22T10:00:00Z') });

    expect(reading).toMatchObject({ kind: 'unreachable' });
  });

  it('ends an expression that never ends', async () => {
    server.answer(json(statistics));

    const reading = await source().query('($f := function($n) { $f($n + 1) }; $f(1))', values);

    expect(reading).toMatchObject({ kind: 'unreachable' });
  });

  it.each([
    ['a page that is not there', json({}, 404), 'status 404'],
    ['a page that is no JSON', (_: unknown, response: { end(text: string): void }) => response.end('<html>'), 'JSON'],
  ])('calls %s unreachable', async (_, respond, reason) => {
    server.answer(respond);

    expect(await source().query('green.errors', values)).toEqual({
      kind: 'unreachable',
      reason: expect.stringContaining(reason),
    });
  });
});
