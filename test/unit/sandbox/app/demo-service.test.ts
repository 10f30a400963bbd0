import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DemoService, startDemoService } from '../../../../sandbox/app/demo-service.ts';
import { createFaults, type Faults } from '../../../../sandbox/app/faults.ts';
import { request } from '../router/request.ts';

describe('the demo service', () => {
  let faults: Faults;
  let service: DemoService;
  const at = (path: string): string => `http://127.0.0.1:${service.port}${path}`;
  const predict = (body: string, type = 'application/octet-stream') =>
    request(at('/predict'), { method: 'POST', headers: { 'content-type': type }, body });

  beforeEach(async () => {
    faults = createFaults();
    service = await startDemoService({ version: 'v2.1.0', faults, port: 0 });
  });
  afterEach(() => service.close());

  it('is healthy and says its version', async () => {
    const { status, body } = await request(at('/health'));

    expect([status, JSON.parse(body)]).toEqual([200, { status: 'ok', version: 'v2.1.0' }]);
  });

  it('predicts the same for the same image, and something else for another', async () => {
    const [first, again, other] = await Promise.all([predict('image 1'), predict('image 1'), predict('image 2')]);

    expect(first.body).toBe(again.body);
    expect(other.body).not.toBe(first.body);
    expect(JSON.parse(first.body)).toMatchObject({ label: expect.any(String), version: 'v2.1.0' });
  });

  it('refuses what is no image', async () => {
    const answers = await Promise.all([predict(''), predict('{', 'application/json'), request(at('/predict'))]);

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 405]);
  });

  it('fails requests but not its health check under an error rate', async () => {
    faults.set({ version: 'v2.1.0', errorRate: 1 });

    const [prediction, health] = await Promise.all([predict('image'), request(at('/health'))]);

    expect([prediction.status, health.status]).toEqual([500, 200]);
  });

  it('fails its health check when it is unhealthy, and still predicts', async () => {
    faults.set({ version: 'v2.1.0', unhealthy: true });

    const [prediction, health] = await Promise.all([predict('image'), request(at('/health'))]);

    expect([prediction.status, health.status]).toEqual([200, 503]);
  });

  it('counts its requests and logs them', async () => {
    await predict('image');

    const { body } = await request(at('/metrics'));

    expect(body).toContain('http_requests_total{method="POST",path="/predict",status="200"} 1');
    expect(service.log.lines().map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^POST \/predict 200 [\d.]+ms$/),
    );
  });

  it('of another service answers every path, with the status that the service’s own checks expect', async () => {
    const answers = [{ method: 'POST', path: '/things', status: 201 }];
    const face = { service: 'shop', isClassifier: false, answers };
    const shop = await startDemoService({ version: 'v1.0.0', face, faults, port: 0 });
    const statusOf = async (path: string, options?: Parameters<typeof request>[1]) =>
      (await request(`http://127.0.0.1:${shop.port}${path}`, options)).status;

    const seen = [await statusOf('/things?dry=1', { method: 'POST', body: '{}' }), await statusOf('/anything')];
    await shop.close();

    expect(seen).toEqual([201, 200]);
  });

  it('that is unhealthy says so to probes at their own path, and goes on answering users there', async () => {
    const face = { service: 'shop', isClassifier: false, answers: [] };
    const shop = await startDemoService({ version: 'v1.0.0', face, probes: ['/'], faults, port: 0 });
    faults.set({ version: 'v1.0.0', unhealthy: true });
    const statusOf = async (headers: Record<string, string>) =>
      (await request(`http://127.0.0.1:${shop.port}/`, { headers })).status;

    const seen = [
      await statusOf({ 'user-agent': 'kube-probe/1.35' }),
      await statusOf({ 'x-sluice-probe': 'an operation' }),
      await statusOf({}),
    ];
    await shop.close();

    expect(seen).toEqual([503, 503, 200]);
  });

  it('gets its old port again after a restart, or another one when that is taken', async () => {
    const beside = await startDemoService({ version: 'v2.1.0', faults, port: service.port });
    const { port } = beside;
    await beside.close();

    const again = await startDemoService({ version: 'v2.1.0', faults, port });
    await again.close();

    expect(port).not.toBe(service.port);
    expect(again.port).toBe(port);
  });
});
