import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Contributor } from '../../../../contracts/contributor.ts';
import { hours } from '../../../../contracts/duration.ts';
import { instant, later } from '../../../../contracts/instant.ts';
import { type ApprovalDecision, approvalState, whyUncounted } from '../../../../core/approvals/approval-state.ts';
import { type Click, type ClickableApproval, decideClick } from '../../../../core/approvals/decide-click.ts';
import {
  exclusionsOf,
  findPerson,
  personByGithub,
  personByMail,
  personBySignIn,
} from '../../../../core/approvals/people.ts';
import { requiredRules } from '../../../../core/approvals/required-rules.ts';

const start = instant(1_000);
const expiresAt = later(start, hours(24));
const people = [
  { mail: 'ana@example.com', mails: ['ana.private@gmail.example'], github: 'ana-codes', signIn: 'ana' },
  { mail: 'ben@example.com', github: ['ben', 'ben-at-work'] },
  { mail: 'mia@example.com' },
];
const contributor = (changes: Partial<Contributor>): Contributor => ({
  as: 'author',
  login: null,
  mail: null,
  name: null,
  ...changes,
});
const nobody = exclusionsOf(people, [contributor({ login: 'stranger' })]);
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
  approvalState({
    people,
    distinct: true,
    rules: [devops, lead],
    decisions: [],
    excluded: nobody,
    expiresAt,
    now: start,
    ...changes,
  });

describe('the rules that apply', () => {
  const rules = (['always', 'major', 'hotfix', 'irreversible', 'too-many-commits'] as const).map((when) => ({ when }));
  const occasion = {
    type: 'standard',
    previousVersion: 'v2.0.0',
    version: 'v2.1.0',
    reversible: true,
    everybodyKnown: true,
    versions: 'semver',
  } as const;
  const names = (changes: object, of: readonly { when: (typeof rules)[number]['when'] }[] = rules) =>
    requiredRules(of, { ...occasion, ...changes }).map(({ when }) => when);

  it('depend on the occasion', () => {
    expect(names({})).toEqual(['always']);
    expect(names({ version: 'v3.0.0' })).toEqual(['always', 'major']);
    // A year is no first number: nobody can say what is major.
    expect(names({ versions: 'calendar', previousVersion: '2026.11.1', version: '2026.11.2' })).toEqual([
      'always',
      'major',
    ]);
    expect(names({ versions: 'any', previousVersion: 'v2.0.0' })).toEqual(['always', 'major']);
    expect(names({ version: 'v1.9.0' })).toEqual(['always', 'major']);
    expect(names({ previousVersion: null })).toEqual(['always', 'major']);
    expect(names({ type: 'hotfix' })).toEqual(['hotfix']);
    expect(names({ reversible: false })).toEqual(['always', 'irreversible']);
    expect(names({ everybodyKnown: false })).toEqual(['always', 'too-many-commits']);
    expect(names({ type: 'hotfix', everybodyKnown: false })).toEqual(['hotfix', 'too-many-commits']);
  });

  it('of a hotfix are the usual ones when none are written for it (I3)', () => {
    expect(names({ type: 'hotfix' }, [{ when: 'always' }])).toEqual(['always']);
  });

  it('of a release that cannot be taken back are all there are when none are written for it', () => {
    const written = [{ when: 'always' }, { when: 'major' }, { when: 'too-many-commits' }] as const;
    expect(names({ reversible: false }, written)).toEqual(['always', 'major']);
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

  it('counts one person once, whatever their roles, unless that is not wanted', () => {
    const decisions = [decided('ana@example.com')];

    expect(ask({ decisions }).kind).toBe('pending');
    expect(ask({ decisions, distinct: false }).kind).toBe('approved');
  });

  it('counts a person where that completes it, whoever came first', () => {
    const decisions = [decided('ana@example.com'), decided('ben@example.com')];

    expect(ask({ decisions }).kind).toBe('approved');
    expect(ask({ decisions: decisions.toReversed() }).kind).toBe('approved');
    expect(ask({ decisions: [decided('ana@example.com')], rules: [{ ...devops, count: 2 }, lead] })).toEqual({
      kind: 'pending',
      missing: [
        { role: 'devops', count: 1, from: ['ben@example.com'] },
        { role: 'ml-lead', count: 1, from: ['mia@example.com'] },
      ],
    });
  });

  it('counts two addresses of one person once, and who is nobody of people not at all', () => {
    const rules = [
      { role: 'devops', members: ['ana@example.com', 'ana.private@gmail.example', 'ben@example.com'], count: 2 },
    ];
    const twice = [decided('ana@example.com'), decided('ana.private@gmail.example')];

    expect(ask({ rules, decisions: twice }).kind).toBe('pending');
    expect(
      ask({
        rules: [{ ...devops, members: ['eve@example.com', 'ana@example.com'] }],
        decisions: [decided('eve@example.com')],
      }),
    ).toMatchObject({
      kind: 'pending',
      missing: [{ from: ['ana@example.com'] }],
    });
  });

  it.each<[string, Partial<Contributor>]>([
    ['GitHub login', { login: 'ANA-codes' }],
    ['mail address', { mail: 'Ana@example.com' }],
    ['other mail address', { mail: 'ana.private@gmail.example' }],
    ['address of GitHub’s own', { mail: '1234+ana-codes@users.noreply.github.com' }],
    ['address of a GitHub Enterprise’s own', { mail: 'ANA-codes@users.noreply.git.example.com' }],
    ['mailbox, with something behind a +', { mail: 'ana+git@EXAMPLE.com' }],
    ['mailbox of another address', { mail: 'ana.private+x+y@gmail.example' }],
    ['mail address under somebody else’s login', { login: 'stranger', mail: 'ana@example.com' }],
    ['login as co-author', { as: 'co-author', login: 'ana-codes' }],
    ['login as merger', { as: 'merger', login: 'ana-codes' }],
  ])('does not count who took part, known by the %s', (_, changes) => {
    const excluded = exclusionsOf(people, [contributor(changes)]);

    expect(excluded.people).toEqual([{ person: 'ana@example.com', because: [changes.as ?? 'author'] }]);
    expect(ask({ decisions: [decided('ana@example.com')], excluded })).toEqual({
      kind: 'pending',
      missing: [
        { role: 'devops', count: 1, from: ['ben@example.com'] },
        { role: 'ml-lead', count: 1, from: ['mia@example.com'] },
      ],
    });
  });

  it('that nobody could complete any more is over at once, not at its expiry', () => {
    const excluded = exclusionsOf(people, [
      contributor({ login: 'ana-codes' }),
      contributor({ mail: 'mia@example.com' }),
    ]);

    expect(ask({ excluded })).toEqual({
      kind: 'unfillable',
      missing: [
        { role: 'devops', count: 1, from: ['ben@example.com'] },
        { role: 'ml-lead', count: 1, from: [] },
      ],
    });
  });

  it('shows names whom nobody knows, and excludes nobody for them', () => {
    expect(nobody).toEqual({ people: [], unknown: ['stranger'] });
    const strangers = [
      contributor({ name: 'Ana', mail: 'ana@home.example' }),
      contributor({ as: 'run', login: 'github-actions[bot]' }),
      contributor({ as: 'author', login: 'renovate[bot]' }),
    ];
    expect(exclusionsOf(people, strangers).unknown).toEqual(['Ana <ana@home.example>', 'renovate[bot]']);
    const forged = [contributor({ name: '\u001b[2J\u202elive\u2028', mail: 'x\u200b@home.example' })];
    expect(exclusionsOf(people, forged).unknown).toEqual(['\ufffd[2J\ufffdlive  <x\ufffd@home.example>']);
  });

  it('takes no name for another that Unicode folds into it', () => {
    const kira = [{ mail: 'kira@example.com', github: 'kira', signIn: 'kira' }];
    const kelvin = '\u212Aira';

    expect(personBySignIn(kira, kelvin)).toBeNull();
    expect(personByGithub(kira, kelvin)).toBeNull();
    expect(personByMail(kira, `${kelvin}@example.com`)).toBeNull();
    expect(personBySignIn(kira, 'KIRA')?.mail).toBe('kira@example.com');
  });

  it('knows nobody by a name that two people have', () => {
    expect(
      findPerson(
        [
          { mail: 'a@example.com', github: 'x' },
          { mail: 'b@example.com', signIn: 'x' },
        ],
        'x',
      ),
    ).toBeNull();
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
    expect(ask({ now: expiresAt, decisions: [decided('ben@example.com'), decided('mia@example.com')] }).kind).toBe(
      'approved',
    );
  });

  it('that requires a sign-in does not take possession of a mailbox for one', () => {
    const rules = [{ ...devops, require: 'signed-in' as const }];

    expect(ask({ rules, decisions: [decided('ana@example.com')] }).kind).toBe('pending');
    expect(ask({ rules, decisions: [decided('ana@example.com', { proof: 'signed-in' })] }).kind).toBe('approved');
    const raised = [
      decided('ana@example.com'),
      decided('ana@example.com', { proof: 'signed-in', at: later(start, hours(1)) }),
    ];
    expect(ask({ rules, decisions: raised }).kind).toBe('approved');
  });

  it('without any rule is no approval (I3)', () => {
    expect(ask({ rules: [], decisions: [decided('ana@example.com')] }).kind).toBe('pending');
  });

  const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.com`);
  const everybody = names.map((mail) => ({ mail }));
  const rule = fc
    .record({
      members: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
      count: fc.integer({ min: 1, max: 3 }),
    })
    .map((one) => ({ ...one, role: 'role' }));
  const rules = fc.array(rule, { minLength: 1, maxLength: 3 });

  it('does not depend on the order or repetition of decisions, and never approves without its quorum (I10)', () => {
    const decision = fc.record({
      by: fc.constantFrom(...names),
      decision: fc.constantFrom('approve' as const, 'approve' as const, 'reject' as const),
      at: fc.integer({ min: 0, max: 5_000 }).map(instant),
    });
    const decisions = fc
      .uniqueArray(decision, { selector: ({ by }) => by })
      .map((some) => some.map((one) => decided(one.by, one)));
    fc.assert(
      fc.property(rules, decisions, fc.constantFrom(...names), fc.boolean(), (wanted, given, author, distinct) => {
        const excluded = exclusionsOf(everybody, [contributor({ mail: author })]);
        const asked = { people: everybody, rules: wanted, excluded, distinct };
        const state = ask({ ...asked, decisions: given });

        expect(ask({ ...asked, decisions: [...given.toReversed(), ...given] }).kind).toBe(state.kind);
        if (state.kind !== 'approved') return;
        for (const { members, count } of wanted) {
          const voices = given.filter(
            ({ by, decision: what }) => what === 'approve' && by !== author && members.includes(by),
          );
          expect(voices.length).toBeGreaterThanOrEqual(count);
        }
      }),
    );
  });

  it('is complete exactly when some assignment of people to roles completes it', () => {
    /** Tries every way to give each person one place or none. */
    const canFill = (
      wanted: readonly { members: readonly string[]; count: number }[],
      voices: readonly string[],
    ): boolean => {
      const [person, ...others] = voices;
      if (wanted.every(({ count }) => count === 0)) return true;
      if (person === undefined) return false;
      const without = canFill(wanted, others);
      return (
        without ||
        wanted.some(
          ({ members, count }, at) =>
            count > 0 &&
            members.includes(person) &&
            canFill(
              wanted.map((one, index) => (index === at ? { ...one, count: count - 1 } : one)),
              others,
            ),
        )
      );
    };
    fc.assert(
      fc.property(rules, fc.subarray(names), fc.subarray(names), (wanted, approving, involved) => {
        const excluded = exclusionsOf(
          everybody,
          involved.map((mail) => contributor({ mail })),
        );
        const asked = { people: everybody, rules: wanted, excluded };
        const state = ask({ ...asked, decisions: approving.map((by) => decided(by)) });
        const counting = names.filter((name) => !involved.includes(name));

        const isThere = canFill(
          wanted,
          approving.filter((name) => counting.includes(name)),
        );
        const canCome = canFill(wanted, counting);
        expect(state.kind).toBe(isThere ? 'approved' : canCome ? 'pending' : 'unfillable');
        // Whoever is named brings it nearer by one, and nobody else does.
        if (state.kind !== 'pending') return;
        const open = ({ missing }: typeof state) => missing.reduce((sum, { count }) => sum + count, 0);
        const named = new Set(state.missing.flatMap(({ from }) => from));
        for (const name of counting.filter((one) => !approving.includes(one))) {
          const next = ask({ ...asked, decisions: [...approving, name].map((by) => decided(by)) });
          const left = next.kind === 'pending' ? open(next) : 0;
          expect([name, open(state) - left]).toEqual([name, named.has(name) ? 1 : 0]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('whether an approval counts', () => {
  const at = (by: string, ms: number, changes: Partial<ApprovalDecision> = {}) =>
    decided(by, { at: instant(1_000 + ms), ...changes });
  const question = (decisions: readonly ApprovalDecision[], changes = {}) => ({
    people,
    distinct: true,
    rules: [devops, lead],
    decisions,
    excluded: nobody,
    expiresAt,
    now: start,
    ...changes,
  });
  const why = (decisions: readonly ApprovalDecision[], changes = {}) =>
    decisions.map((decision) => whyUncounted(question(decisions, changes), decision));

  it('is told of each by those that came before it', () => {
    expect(why([at('ben@example.com', 0), at('mia@example.com', 1)])).toEqual([null, null]);
    // Ana may be counted as the lead, since Ben fills the other role.
    expect(why([at('ana@example.com', 0), at('ben@example.com', 1), at('mia@example.com', 2)])).toEqual([
      null,
      null,
      'enough',
    ]);
    expect(why([at('eve@example.com', 0), at('ben@example.com', 1)])).toEqual(['not-approver', null]);
    const author = exclusionsOf(people, [contributor({ login: 'ben' })]);
    expect(why([at('ben@example.com', 0), at('ana@example.com', 1)], { excluded: author })).toEqual([
      'took-part',
      null,
    ]);
    expect(why([at('ben@example.com', 0, { decision: 'reject' })], { excluded: author })).toEqual([null]);
  });

  it('is raised by a sign-in where the role asks for one, and not by the same once more', () => {
    const rules = [devops, { ...lead, require: 'signed-in' as const }];
    const byLink = at('mia@example.com', 0);

    expect(why([byLink], { rules })).toEqual(['sign-in']);
    expect(why([byLink, at('mia@example.com', 1, { proof: 'signed-in' })], { rules })).toEqual(['sign-in', null]);
    expect(why([byLink, at('mia@example.com', 1, { proof: 'signed-in' })])).toEqual([null, 'repeated']);
  });

  it('adds up to the quorum: as many count as places are filled', () => {
    const anybody = fc.record({
      by: fc.constantFrom('ana@example.com', 'ben@example.com', 'mia@example.com', 'eve@example.com'),
      proof: fc.constantFrom('link' as const, 'signed-in' as const),
    });
    const counts = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(anybody, { maxLength: 6 }), counts, (made, [first, second, signedIn]) => {
        const require = signedIn ? ('signed-in' as const) : undefined;
        const rules = [
          { ...devops, count: first },
          { ...lead, count: second, require },
        ];
        const decisions = made.map(({ by, proof }, index) => at(by, index, { proof }));
        const state = approvalState(question(decisions, { rules }));
        const missing = 'missing' in state ? state.missing.reduce((sum, { count }) => sum + count, 0) : 0;

        expect(why(decisions, { rules }).filter((one) => one === null)).toHaveLength(first + second - missing);
      }),
    );
  });
});

describe('a click', () => {
  const approval: ClickableApproval = {
    version: 'v2.1.0',
    subject: 's1',
    expiresAt,
    links: [
      { tokenHash: 'aa', approver: 'ana@example.com', subject: 's1', decision: null, mayDecide: true },
      {
        tokenHash: 'bb',
        approver: 'ben@example.com',
        subject: 's1',
        decision: { decision: 'approve', at: start, proof: 'link' },
        mayDecide: true,
      },
      { tokenHash: 'dd', approver: 'dan@example.com', subject: 's1', decision: null, mayDecide: false },
    ],
    ended: null,
  };
  const click: Click = {
    approval,
    tokenHash: 'aa',
    typedVersion: ' v2.1.0 ',
    decision: 'approve',
    reason: '',
    proof: 'link',
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
      'repeated signed in raises it',
      { tokenHash: 'bb', proof: 'signed-in' },
      { kind: 'accepted', decision: 'approve' },
    ],
    [
      'of who was taken out of the configuration changes nothing',
      { tokenHash: 'dd' },
      { kind: 'not-approver', approver: 'dan@example.com' },
    ],
    [
      'that changes its mind is too late, signed in as well',
      { tokenHash: 'bb', decision: 'reject', reason: 'no', proof: 'signed-in' },
      { kind: 'already-decided', which: 'other' },
    ],
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
