import type { Nobody } from './identify.ts';

/** The person by the mail address; of somebody who is not in sluice.yaml, what to write there. */
export const named = (
  person: { readonly mail: string } | null,
  name: string,
  key: 'mail' | 'signIn' | 'github' | 'mail, github or signIn',
): { user: string } | Nobody =>
  person === null
    ? {
        user: null,
        who: 'stranger',
        because: `${name} is not among people of sluice.yaml (${key}): you may look, and change nothing. Whoever installs Sluice adds you there.`,
      }
    : { user: person.mail };
