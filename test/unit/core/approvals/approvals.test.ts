import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hours } from '../../../../contracts/duration.ts';
import { instant, later } from '../../../../contracts/instant.ts';
import { type ApprovalDecision, approvalState } from '../../../../core/approvals/approval-state.ts';
import { type Click, type ClickableApproval, decideClick } from '../../../../core/approvals/decide-click.ts';
import { exclusionsOf } from '../../../../core/approvals/people.ts';
import { requiredRules } from '../../../../core/approvals/required-rules.ts';

const start = instant(1_000);
const expiresAt = later(start, hours(24));
const people = [
  { mail: 'ana@example.com', github: 'ana-codes', signIn: 'ana' },
  { mail: 'ben@example.com', github: 'ben' },
];
const nobody = exclusionsOf(people, { triggeredBy: null, author: 'stranger' });
const devops = { role: 'devops', members: ['ana@example.com', 'ben@example.com'], count: 1 };
const lead = { role: 'ml-lead', members: ['ana@example.com', 'mia@example.com'], count: 1 };

const decided = (by: string, changes: Partial<ApprovalDecision> = {}): ApprovalDecision => ({
  by,
  decision: 'approve',
  reason: null,
  at: start,
  proof: 'link',
  ...changes,
});
const ask = (changes: Partial<Parameters<typeof approvalState>[0]>) =>
  approvalState({ rules: [devops, lead], decisions: [], excluded: nobody, expiresAt, now: start, ...changes });

describe('the rules that apply', () => {
  const rules = (['always', 'major', 'hotfix', 'irreversible'] as const).map((when) => ({ when }));
  const occasion = { type: 'standard', previousVersion: 'v2.0.0', version: 'v2.1.0', reversible: true } as const;
  const names = (changes: object, of: readonly { when: (typeof rules)[number]['when'] }[] = rules) =>
    requiredRules(of, { ...occasion, ...changes }).map(({ when }) => when);

  it('depend on the occasion', () => {
    expect(names({})).toEqual(['always']);
    expect(names({ version: 'v3.0.0' })).toEqual(['always', 'major']);
    expect(names({ version: 'v1.9.0' })).toEqual(['always', 'major']);
    expect(names({ previousVersion: null })).toEqual(['always', 'major']);
    expect(names({ type: 'hotfix' })).toEqual(['hotfix']);
    expect(names({ reversible: false })).toEqual(['always', 'irreversible']);
  });

  it('of a hotfix are the usual ones when none are written for it (I3)', () => {
    expect(names({ type: 'hotfix' }, [{ when: 'always' }])).toEqual(['always']);
  });

  it('of a release that cannot be taken back are all there are when none are written for it', () => {
    expect(names({ reversible: false }, [{ when: 'always' }, { when: 'major' }])).toEqual(['always', 'major']);
  });
});

describe('an approval', () => {
  it('is pending until every role has its count', () => {
    expect(ask({ decisions: [decided('ben@example.com')] })).toEqual({
      kind: 'pending',
      missing: [{ role: 'ml-lead', count: 1, from: ['ana@example.com', 'mia@example.com'] }],
    });
    expect(ask({ decisions: [decided('ben@example.com'), decided('mia@example.com')] }).kind).toBe('approved');
  });

  it('counts a person in every role of theirs', () => {
    expect(ask({ decisions: [decided('ana@example.com')] }).kind).toBe('approved');
  });

  it.each(['ana-codes', 'ANA', 'ana@example.com'])('does not count who triggered it, known as %s', (triggeredBy) => {
    const excluded = exclusionsOf(people, { triggeredBy, author: null });

    expect(ask({ decisions: [decided('ana@example.com')], excluded })).toEqual({
      kind: 'pending',
      missing: [
        { role: 'devops', count: 1, from: ['ben@example.com'] },
        { role: 'ml-lead', count: 1, from: ['mia@example.com'] },
      ],
    });
  });

  it('shows an author whom nobody knows and excludes nobody for them', () => {
    expect(nobody.unknown).toEqual(['stranger']);
    expect(nobody.mails.size).toBe(0);
    expect(exclusionsOf(people, { triggeredBy: 'ben', author: null }).unknown).toEqual(['the author of the release']);
  });

  it('is rejected by one member, with the reason, and by nobody else', () => {
    const reject = { decision: 'reject', reason: 'not today' } as const;

    expect(ask({ decisions: [decided('ana@example.com'), decided('mia@example.com', reject)] })).toEqual({
      kind: 'rejected',
      by: 'mia@example.com',
      reason: 'not today',
    });
    expect(ask({ decisions: [decided('eve@example.com', reject)] }).kind).toBe('pending');
  });

  it('expires, and a decision after that comes too late', () => {
    expect(ask({ now: expiresAt }).kind).toBe('expired');
    expect(ask({ now: expiresAt, decisions: [decided('ana@example.com', { at: expiresAt })] }).kind).toBe('expired');
    expect(ask({ now: expiresAt, decisions: [decided('ana@example.com')] }).kind).toBe('approved');
  });

  it('that requires a sign-in does not take possession of a mailbox for one', () => {
    const rules = [{ ...devops, require: 'signed-in' as const }];

    expect(ask({ rules, decisions: [decided('ana@example.com')] }).kind).toBe('pending');
    expect(ask({ rules, decisions: [decided('ana@example.com', { proof: 'signed-in' })] }).kind).toBe('approved');
  });

  it('without any rule is no approval (I3)', () => {
    expect(ask({ rules: [], decisions: [decided('ana@example.com')] }).kind).toBe('pending');
  });

  it('does not depend on the order or repetition of decisions, and never approves without its quorum (I10)', () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.com`);
    const rule = fc
      .record({
        members: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
        count: fc.integer({ min: 1, max: 3 }),
      })
      .map((one) => ({ ...one, role: 'role' }));
    const decision = fc.record({
      by: fc.constantFrom(...names),
      decision: fc.constantFrom('approve' as const, 'approve' as const, 'reject' as const),
      at: fc.integer({ min: 0, max: 5_000 }).map(instant),
    });
    const decisions = fc
      .uniqueArray(decision, { selector: ({ by }) => by })
      .map((some) => some.map((one) => decided(one.by, one)));
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 3 }),
        decisions,
        fc.constantFrom(...names),
        (rules, given, author) => {
          const excluded = exclusionsOf(people, { triggeredBy: null, author });
          const state = ask({ rules, decisions: given, excluded });

          expect(ask({ rules, decisions: [...given.toReversed(), ...given], excluded }).kind).toBe(state.kind);
          if (state.kind !== 'approved') return;
          for (const { members, count } of rules) {
            const voices = given.filter(
              ({ by, decision: what }) => what === 'approve' && by !== author && members.includes(by),
            );
            expect(voices.length).toBeGreaterThanOrEqual(count);
          }
        },
      ),
    );
  });
});

describe('a click', () => {
  const approval: ClickableApproval = {
    version: 'v2.1.0',
    expiresAt,
    links: [
      { tokenHash: 'aa', approver: 'ana@example.com', decision: null },
      { tokenHash: 'bb', approver: 'ben@example.com', decision: { decision: 'approve', at: start } },
    ],
    ended: null,
  };
  const click: Click = {
    approval,
    tokenHash: 'aa',
    typedVersion: ' v2.1.0 ',
    decision: 'approve',
    reason: '',
    now: start,
  };

  it('with the typed version decides for its approver', () => {
    expect(decideClick(click)).toEqual({
      kind: 'accepted',
      approver: 'ana@example.com',
      decision: 'approve',
      reason: null,
    });
  });

  it.each<[string, Partial<Click>, object]>([
    ['without the version changes nothing', { typedVersion: '' }, { kind: 'wrong-version' }],
    ['with another version changes nothing', { typedVersion: 'v2.1' }, { kind: 'wrong-version' }],
    ['that rejects needs a reason', { decision: 'reject', reason: '  ' }, { kind: 'reason-missing' }],
    ['on an unknown link changes nothing', { tokenHash: 'cc' }, { kind: 'unknown' }],
    ['on no approval changes nothing', { approval: null }, { kind: 'unknown' }],
    ['after the expiry changes nothing', { now: expiresAt }, { kind: 'expired' }],
    ['repeated drives the same decision again', { tokenHash: 'bb' }, { kind: 'already-decided', which: 'same' }],
    [
      'that changes its mind is too late',
      { tokenHash: 'bb', decision: 'reject' },
      { kind: 'already-decided', which: 'other' },
    ],
    [
      'on a superseded approval says by what',
      { approval: { ...approval, ended: { kind: 'superseded', by: 'v2.2.0' } } },
      { kind: 'superseded', by: 'v2.2.0' },
    ],
    [
      'after the quorum changes nothing',
      { approval: { ...approval, ended: { kind: 'approved' } } },
      { kind: 'closed', as: 'approved' },
    ],
  ])('%s', (_name, changes, expected) => {
    expect(decideClick({ ...click, ...changes })).toMatchObject(expected);
  });
});
