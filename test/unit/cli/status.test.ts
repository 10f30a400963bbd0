import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandFaults, commandsIn } from '../../support/commands.ts';
import { type FakeSluice, refusal, runSluice, serviceOf, startFakeSluice } from './support.ts';

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
    expect(out).toContain(`TRAFFIC NOT KNOWN: ${problem}`);
  });

  it('prints texts of others, errors and JSON too, so that no terminal obeys them', async () => {
    const problem = 'gone \u001b[2J\u202ehctaP';
    sluice.answers.set('GET /api/services', { body: { services: [serviceOf({ problem })] } });
    sluice.answers.set('GET /api/operations/op1', refusal(404, 'NotFound', problem));
    const asked = ['--url', sluice.url, '--token', 't'];

    const printed = [
      await runSluice(['status', ...asked]),
      await runSluice(['status', ...asked, '--output', 'json']),
      await runSluice(['operation', 'op1', ...asked]),
    ].map(({ out, err }) => out + err);

    for (const text of printed) {
      expect(text).toContain('gone');
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    }
    expect(printed[1]).toContain(String.raw`gone \u001b[2J\u202ehctaP`);
  });

  it('says what each operation waits for, until when and what to type, and what the others do', async () => {
    const release = { version: 'v2.1.0', commit: 'c0ffee', digest: 'sha256:ab' };
    const waiting = {
      ...{ kind: 'pause' as const, text: 'Paused since 2026-11-23 08:50:00Z, because blue is alerting.' },
      until: { text: 'If nobody decides, everything goes back to blue', at: '2026-11-23T09:50:00.000Z' },
      next: [{ what: 'Resume it', command: 'sluice resume op1 --reason "…"' }],
    };
    const deployment = {
      kind: 'deployment' as const,
      release,
      state: 'shifting-traffic' as const,
      abort: null,
      next: null,
    };
    const [soon, later] = ['2026-11-23T09:04:00.000Z', '2026-11-23T09:30:00.000Z'];
    const service = serviceOf({
      lock: { holder: 'op1', kind: 'deployment', epoch: 4, acquiredAt: '2026-11-23T08:40:00.000Z', deadline: null },
      candidate: { operation: 'op2', version: 'v2.2.0', commit: 'c0ffee', at: '2026-11-23T08:45:00.000Z' },
      inProgress: [
        { ...deployment, id: 'op1', waiting },
        { ...deployment, id: 'op2', state: 'gathering-evidence', waiting: null },
        { ...deployment, id: 'op3', waiting: null, abort: { actor: 'ana@example.com', reason: 'the wrong one' } },
        { ...deployment, id: 'op4', waiting: null, next: { text: 'Green gets 50 %', at: soon, done: later } },
      ],
    });
    sluice.answers.set('GET /api/services', { body: { services: [service] } });

    const { out } = await runSluice(['status', '--url', sluice.url, '--token', 't']);

    expect(out.split('\n').slice(3, 11)).toEqual([
      '  lock: deployment op1 since 2026-11-23 08:40:00Z (epoch 4)',
      '  deployment of v2.1.0 (op1): Paused since 2026-11-23 08:50:00Z, because blue is alerting. If nobody decides, everything goes back to blue in 50 min (2026-11-23 09:50:00Z).',
      '    Resume it: sluice resume op1 --reason "…"',
      '  deployment of v2.1.0 (op2): gathering-evidence',
      '  deployment of v2.1.0 (op3): being aborted by ana@example.com: the wrong one',
      '  deployment of v2.1.0 (op4): shifting-traffic',
      '    Next: Green gets 50 % in 4 min (2026-11-23 09:04:00Z).',
      '    Done in 30 min (2026-11-23 09:30:00Z) at the earliest.',
    ]);
    expect(out).not.toContain('turn');
  });

  it('names no operation where Sluice itself holds the lock without one', async () => {
    const lock = { holder: '01standby', kind: null, epoch: 4, acquiredAt: null, deadline: null };
    sluice.answers.set('GET /api/services', { body: { services: [serviceOf({ lock })] } });

    const { out } = await runSluice(['status', '--url', sluice.url, '--token', 't']);

    expect(out).toContain('lock: held by Sluice itself for a moment');
    expect(out).not.toContain('01standby');
  });

  it('names links and contacts of a service that is asked for, and of many only of those in trouble', async () => {
    const help = {
      links: [{ name: 'Grafana', url: 'https://grafana.example.com/d/shop' }],
      contacts: [
        { level: 1, who: 'on-call engineer', how: ['#production', '+1 555 0100'], afterMs: 0 },
        { level: 2, who: 'team lead', how: ['lea@example.com'], afterMs: 900_000 },
      ],
    };
    const well = serviceOf({ name: 'well', ...help });
    const lost = serviceOf({
      name: 'lost',
      ...help,
      problem: 'VirtualService production/lost does not exist: apply it.',
    });
    sluice.answers.set('GET /api/services', { body: { services: [well, lost] } });
    sluice.answers.set('GET /api/services/well', { body: well });
    const lines = [
      '  Links:',
      '    Grafana: https://grafana.example.com/d/shop',
      '  Whom to call:',
      '    Level 1: on-call engineer: #production, +1 555 0100',
      '    Level 2, after 15 min without an answer: team lead: lea@example.com',
    ];

    const one = await runSluice(['status', '--url', sluice.url, '--token', 't', '--service', 'well']);
    const many = await runSluice(['status', '--url', sluice.url, '--token', 't']);

    expect(one.out.trimEnd().split('\n').slice(-5)).toEqual(lines);
    expect(many.out.trimEnd().split('\n').slice(-5)).toEqual(lines);
    expect(many.out.match(/Level 1/g)).toHaveLength(1);
  });

  it.each([
    ['healthy', 3, null],
    ['progressing', 1, null],
    ['progressing', 0, 'None of its pods is ready.'],
    ['degraded', 2, 'It is degraded.'],
    ['absent', 0, 'Nothing that could answer was found there.'],
    ['unknown', null, 'Its health is not known.'],
  ] as const)('says of a live side that is %s with %s ready what is wrong, and whom to call', async (...row) => {
    const [health, ready, said] = row;
    const contacts = [{ level: 1, who: 'on-call engineer', how: ['#production'], afterMs: 0 }];
    const { blue, green } = serviceOf().environments;
    const service = serviceOf({ contacts, environments: { blue: { ...blue, health, ready }, green } });
    sluice.answers.set('GET /api/services', { body: { services: [service, serviceOf({ name: 'well' })] } });

    const { out } = await runSluice(['status', '--url', sluice.url, '--token', 't']);

    const told = out.split('\n').filter((line) => /LIVE SIDE|Level 1/.test(line));
    expect(told).toEqual(
      said === null ? [] : [`  LIVE SIDE: it is blue. ${said}`, '    Level 1: on-call engineer: #production'],
    );
  });

  it('says of a hold and of a freeze how they end', async () => {
    const at = '2026-11-23T08:40:00.000Z';
    const service = serviceOf({
      holds: [{ version: 'v2.1.0', digest: 'sha256:ab', reason: 'slow', operation: 'op1', at }],
      frozen: { reason: 'nobody decided', operation: '01kb3n4q7r8fz2m1x0ta', by: 'sluice', at },
    });
    sluice.answers.set('GET /api/services', { body: { services: [service] } });

    const { out } = await runSluice(['status', '--url', sluice.url, '--token', 't']);

    expect(await commandFaults(out)).toEqual([]);
    expect(commandsIn(out)).toEqual([
      'sluice release-hold --version v2.1.0 --service shop --reason "…"',
      'sluice operation 01kb3n4q7r8fz2m1x0ta',
      'sluice unfreeze --service shop --reason "…"',
    ]);
  });
});
