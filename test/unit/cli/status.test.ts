import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeSluice, runSluice, serviceOf, startFakeSluice } from './support.ts';

describe('sluice status', () => {
  let sluice: FakeSluice;
  beforeEach(async () => {
    sluice = await startFakeSluice();
  });
  afterEach(() => sluice.close());

  it('shows question marks, not nothing, for what nobody knows, and what to do about the route', async () => {
    const unread = { version: null, digest: null, weight: null, ready: null, health: 'unknown' } as const;
    const { blue } = serviceOf().environments;
    const problem = 'VirtualService production/shop does not exist: apply it.';
    const service = serviceOf({
      active: null,
      environments: { blue: { ...blue, weight: null }, green: { ...unread, reason: '403 forbidden' } },
      problem,
    });
    sluice.answers.set('GET /api/services', { body: { services: [service] } });

    const { exitCode, out } = await runSluice(['status', '--url', sluice.url, '--token', 't']);

    expect(exitCode).toBe(0);
    expect(out).toMatch(/blue +v2\.0\.5 +\? % +healthy +3 ready/);
    expect(out).toMatch(/green +\? +\? % +unknown +\? ready +403 forbidden/);
    expect(out).toContain(`WHERE THE TRAFFIC IS, NOBODY KNOWS: ${problem}`);
  });
});
