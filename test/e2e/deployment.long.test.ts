import { describe, expect, it } from 'vitest';
import { sluiceEventDetails } from '../../contracts/events/sluice-event.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { patienceMs, until } from '../support/until.ts';

const { pipeline } = observedSandbox();

describe('one release from CI to all the traffic', () => {
  it('goes from a signed webhook over approvals to 100 %, and not one request of the load fails', async () => {
    const answer = await pipeline.deliver(await pipeline.workflowRunPayload());
    expect(answer.status).toBe(202);
    const { id } = await pipeline.firstOperation();
    const waiting = await pipeline.inState(id, 'awaiting-approval');
    expect(waiting.release?.version).toBe('v2.1.0');
    const subject = waiting.approvals?.subject;
    expect(subject?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(subject?.changes.map(({ name }) => name)).toEqual(expect.arrayContaining(['Since']));
    expect(subject?.changes.length).toBeGreaterThan(1);
    expect(subject?.diffs).toMatchObject([
      { title: 'Chart and values', text: expect.stringContaining(`+  digest: ${waiting.release?.digest}`) },
      {
        title: 'Rendered manifests',
        files: expect.arrayContaining(['Deployment/chest-xray-mlops']),
        text: expect.stringMatching(`\\+\\s+image: .*@${waiting.release?.digest}`),
      },
    ]);
    expect(subject?.changes).toContainEqual({
      name: '#47',
      value: 'feat: second reading of doubtful images (emil)',
      url: expect.stringMatching(/\/pull\/47$/),
    });
    // The sandbox's chart is in the deploy repository.
    expect(waiting.release?.chartTree).toMatch(/^[0-9a-f]{40}$/);

    const links = await pipeline.linksOf('v2.1.0', ['ana@example.com', 'ben@example.com', 'cleo@example.com']);
    for (const link of links.values()) {
      for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) {
        expect((await fetch(link, { method })).status).toBe(200);
      }
    }
    expect(links.size).toBe(3);
    expect((await pipeline.operation(id)).state).toBe('awaiting-approval');

    const wrong = await pipeline.decide(links.get('ana@example.com') ?? '', {
      decision: 'approve',
      version: 'v2.1.1',
      reason: '',
    });
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain(subject?.hash);
    await pipeline.approveAll('v2.1.0');

    for (const weight of [5, 25, 50, 100]) {
      await pipeline.weightReached('green', weight);
      const split = await pipeline.split(400);
      // The shift goes on meanwhile, on a busy machine perhaps by a step.
      const { green } = (await pipeline.service()).environments;
      expect(split.failed).toBe(0);
      expect(split.green).toBeGreaterThanOrEqual(weight - 3);
      expect(split.green).toBeLessThanOrEqual(green.weight + 3);
    }
    const ended = await pipeline.ended(id);
    expect(ended.outcome).toBe('succeeded');
    expect((await pipeline.service()).active).toBe('green');
    const told = await until('its end is told', patienceMs, async () => {
      const events = await pipeline.eventsOf(id);
      return events.some((event) => event['detail-type'] === 'Operation Ended') ? events : null;
    });
    expect(
      told.map(({ 'detail-type': type, detail: { state, outcome, operation } }) => ({
        told: [type, state ?? outcome],
        version: operation?.release?.version,
      })),
    ).toEqual([
      { told: ['Operation Started', undefined], version: undefined },
      { told: ['Operation State Changed', 'awaiting-approval'], version: 'v2.1.0' },
      { told: ['Operation State Changed', 'shifting-traffic'], version: 'v2.1.0' },
      { told: ['Operation Ended', 'succeeded'], version: 'v2.1.0' },
    ]);
    for (const { 'detail-type': type, detail } of told) {
      expect(sluiceEventDetails[type].parse(detail)).toEqual(detail);
    }
    await pipeline.lockFree();
    const load = await pipeline.load();
    expect(load?.sent).toBeGreaterThan(500);
    expect(load?.lastFailures).toEqual([]);
    expect(load?.failed).toBe(0);
  });
});
