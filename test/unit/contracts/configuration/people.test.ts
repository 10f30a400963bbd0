import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { configurationWarnings } from '../../../../contracts/configuration/configuration-warnings.ts';
import { parseConfiguration } from '../../../../contracts/configuration/parse-configuration.ts';

let fixture: string;
beforeAll(async () => {
  fixture = await readFile(new URL('../../../fixtures/configuration/chest-xray.yaml', import.meta.url), 'utf8');
});

const written = (parts: { people?: string; rules?: string; more?: string; approvals?: string }) =>
  parseConfiguration(
    fixture
      .replace(/^people:\n( {2}- .*\n)+/m, (found) => `${parts.more ?? ''}${parts.people ?? found}`)
      .replace(/^ {6}rules:\n( {8}- .*\n)+/m, (found) => `${parts.approvals ?? ''}${parts.rules ?? found}`),
  );
const problems = (parts: Parameters<typeof written>[0]) => {
  const parsed = written(parts);
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
};
const rules = (...lines: string[]) => `      rules:\n${lines.map((line) => `        - { ${line} }\n`).join('')}`;
const people = (...lines: string[]) => `people:\n${lines.map((line) => `  - { ${line} }\n`).join('')}`;
const everybody = ['mail: ben@example.com', 'mail: mia@example.com', 'mail: pia@example.com'];

describe('people', () => {
  it('have several addresses, logins and names each, written alone or as a list', () => {
    const parsed = written({
      people: people(
        'mail: ana@example.com, mails: [Ana@Home.example], github: [ana, ana-2], signIn: ana',
        ...everybody,
      ),
    });

    expect(parsed.ok && parsed.configuration.people[0]).toEqual({
      mail: 'ana@example.com',
      mails: ['ana@home.example'],
      github: ['ana', 'ana-2'],
      signIn: ['ana'],
    });
  });

  it.each([
    ['a mail', 'mail: ana@example.com', 'mail: ANA@example.com', 'mail ana@example.com appears twice'],
    [
      'another mail',
      'mail: ana@example.com',
      'mail: b@example.com, mails: [ana@example.com]',
      'mail ana@example.com appears twice',
    ],
    [
      'a login',
      'mail: ana@example.com, github: ana',
      'mail: b@example.com, github: [b, ANA]',
      'github ANA appears twice',
    ],
    [
      'a sign-in name',
      'mail: ana@example.com',
      'mail: b@example.com, signIn: ana@example.com',
      'signIn ana@example.com appears twice',
    ],
    [
      'a mailbox',
      'mail: ana@example.com',
      'mail: ana+2@example.com',
      'ana+2@example.com is the mailbox of ana@example.com',
    ],
  ])('do not share %s', (_, one, other, message) => {
    expect(problems({ people: people(one, other, ...everybody) })).toContainEqual(
      expect.stringContaining(`people[1]: ${message}`),
    );
  });

  it('have a clock of their own where their time zone is written, and one that exists', () => {
    const zoned = (zone: string) => ({ people: people(`mail: ana@example.com, timeZone: ${zone}`, ...everybody) });
    const parsed = written(zoned('Asia/Kolkata'));

    expect(parsed.ok && parsed.configuration.people.map(({ timeZone }) => timeZone ?? null)).toEqual([
      'Asia/Kolkata',
      ...everybody.map(() => null),
    ]);
    expect(problems(zoned('Asia/Atlantis'))).toEqual(['people[0].timeZone: must be a time zone like America/New_York']);
  });

  it('may have two addresses of one mailbox', () => {
    expect(problems({ people: people('mail: ana@example.com, mails: [ana+2@example.com]', ...everybody) })).toEqual([]);
  });
});

describe('approvers', () => {
  it('are people: whoever is not is refused, each with the place', () => {
    expect(
      problems({
        rules: rules(
          'role: a, members: [stranger@example.com, ana@example.com]',
          'role: b, members: [eve@example.com]',
        ),
      }),
    ).toEqual([
      expect.stringMatching(
        /^services\[0\]\.approvals\.rules\[0\]\.members\[0\]: stranger@example.com is nobody of people/,
      ),
      expect.stringMatching(/^services\[0\]\.approvals\.rules\[1\]\.members\[0\]: eve@example.com is nobody of people/),
    ]);
  });

  it('are one person once, by whatever address', () => {
    const twice = people('mail: ana@example.com, mails: [a@home.example]', ...everybody);

    expect(
      problems({ people: twice, rules: rules('role: a, members: [ana@example.com, a@home.example], count: 2') }),
    ).toEqual(['services[0].approvals.rules[0].members[1]: is the same person as ana@example.com']);
  });

  it('are enough for all roles at once, unless one may count in several', () => {
    const same = rules('role: devops, members: [ana@example.com]', 'role: ml-lead, members: [ana@example.com]');
    const forMajor = rules(
      'role: devops, members: [ana@example.com]',
      'role: owner, members: [ana@example.com], when: major',
    );

    expect(problems({ rules: same })).toEqual([
      expect.stringContaining('services[0].approvals.rules: devops and ml-lead want 1 more person than there are'),
    ]);
    expect(problems({ rules: forMajor })).toHaveLength(1);
    expect(problems({ rules: same, approvals: '      distinct: false\n' })).toEqual([]);
  });

  it.each([
    ['irreversible', ''],
    ['too-many-commits', ''],
    ['irreversible', 'role: owner, members: [ben@example.com], when: major'],
  ])('are enough for the rule of %s, too, with those that apply beside it', (when, other) => {
    const written = rules(
      'role: devops, members: [ana@example.com]',
      `role: owner, members: [ana@example.com], when: ${when}`,
      ...(other === '' ? [] : [other]),
    );

    expect(problems({ rules: written })).toEqual([
      expect.stringContaining(`devops and owner want 1 more person than there are`),
    ]);
    expect(problems({ rules: written })[0]).toContain(`(always, ${when})`);
  });

  it('that are too few for a release that cannot be undone are warned about, where no rule is written for it', () => {
    const hotfix = rules(
      'role: devops, members: [ana@example.com]',
      'role: on-call, members: [ana@example.com], when: hotfix',
    );
    const parsed = written({ rules: hotfix });

    expect(parsed.ok && configurationWarnings(parsed.configuration)).toContainEqual(
      expect.stringMatching(/`reversible: false` could never be approved.* devops and on-call want 1 more person/),
    );
  });
});

describe('roles', () => {
  it('are given to people, and one at least may lift a freeze', () => {
    expect(problems({ more: 'roles: { admin: [eve@example.com] }\n' })).toEqual([
      expect.stringContaining('roles.admin[0]: eve@example.com is nobody of people'),
    ]);
    expect(problems({ more: 'roles: { admin: [] }\n' })).toEqual([expect.stringContaining('roles.admin: must name')]);
  });

  it('that are missing are warned about, and approvers whom GitHub’s word cannot tell', () => {
    const parsed = written({ rules: rules('role: a, members: [ana@example.com, ben@example.com]') });

    expect(parsed.ok && configurationWarnings(parsed.configuration)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('roles is not set'),
        expect.stringContaining('people[1] (ben@example.com) approves and has no github'),
      ]),
    );
    const withRoles = written({ more: 'roles: { admin: [ana@example.com] }\n' });
    expect(withRoles.ok && configurationWarnings(withRoles.configuration).join()).not.toContain('roles is not set');
  });
});
