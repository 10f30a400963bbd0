import { describe, expect, it } from 'vitest';
import { minutes } from '../../../../contracts/duration.ts';
import { accepted, acceptedService, edited, problemsOf } from './example.ts';

const withContacts = (text: string) => edited(['services:', `contacts:\n${text}\nservices:`]);

describe('contacts', () => {
  it('are read level by level, the first one called at once', () => {
    const { contacts } = accepted(
      withContacts(
        `  - { level: 1, who: on-call engineer, how: ['https://pager.example.com/sluice', '#production'] }
  - { level: 2, who: team lead, how: +1 (555) 0101-22, after: 15m }
  - { level: 3, who: manager, how: [lea@example.com], after: 30m }
  - { level: 4, who: CTO, how: "+15550103", after: 1h }`,
      ),
    );

    expect(contacts).toEqual([
      { level: 1, who: 'on-call engineer', how: ['https://pager.example.com/sluice', '#production'], after: 0 },
      { level: 2, who: 'team lead', how: ['+1 (555) 0101-22'], after: minutes(15) },
      { level: 3, who: 'manager', how: ['lea@example.com'], after: minutes(30) },
      { level: 4, who: 'CTO', how: ['+15550103'], after: minutes(60) },
    ]);
  });

  it('are not needed, neither of the installation nor of a service', () => {
    const text = edited();

    expect(accepted(text).contacts).toEqual([]);
    expect(acceptedService(text).notify.contacts).toBeNull();
  });

  it('are refused whole, with every problem and its path', () => {
    const problems = problemsOf(
      withContacts(
        `  - { level: 1, who: "", how: [] , after: 5m }
  - { level: 3, who: team lead, how: [call me, http://pager.example.com, +15550101, lea@example.com, lea@example.com], after: 5m }
  - { level: 5, who: manager, how: '#managers', after: soon, name: lea }`,
      ),
    );

    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'contacts[0].who: must not be empty',
      'contacts[0].how: must name at least one way to reach them',
      'contacts[1].how[0]: must be a telephone number (+1 555 0100), a mail address, an https address, or a #channel',
      'contacts[1].how[1]: must be https (http is accepted on loopback only)',
      'contacts[1].how[2]: must be text: put a telephone number in quotes',
      'contacts[1].how[4]: way lea@example.com appears twice',
      'contacts[1].level: must be 2: levels are written in the order in which they are called',
      'contacts[1].after: must be longer than that of the level before, 5m',
      'contacts[2].level: must be 1 to 4',
      'contacts[2].after: "soon" is not a duration like 5m, 1h30m or 500ms',
      'contacts[2].name: is not a known key',
    ]);
  });

  it('of a service are checked like those of the installation', () => {
    const text = edited([
      'deployments: [devops@example.com]',
      'contacts: [{ level: 2, who: radiology on-call, how: "#radiology" }]\n      deployments: [devops@example.com]',
    ]);

    expect(problemsOf(text).map(({ path }) => path)).toEqual(['services[0].notify.contacts[0].level']);
  });
});

it('links of the installation have no placeholder that nobody fills in', () => {
  const text = edited(['services:', 'links: { logs: "https://logs.example.com/{{pod}}" }\nservices:']);

  expect(problemsOf(text)).toMatchObject([
    { path: 'links.logs', message: expect.stringMatching(/^\{\{pod\}\} is not known/) },
  ]);
});
