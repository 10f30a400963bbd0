import { expect, it } from '@jest/globals';
import { formOf } from '../../../console/forms.ts';
import { entry, overview } from './overviews.ts';

it.each([
  ['rollback', 'verifying-return', 'It ends where it is'],
  ['rollback', 'shifting-traffic', 'all of it goes back to where it was'],
  ['deployment', 'shifting-traffic', 'all of it goes back to where it was'],
] as const)('the form that aborts a %s which is %s says what that does', (kind, state, words) => {
  const running = entry({ kind, state });

  const form = formOf('abort', running.id, overview({ history: [running] }));

  expect(form?.says).toContain(words);
});
