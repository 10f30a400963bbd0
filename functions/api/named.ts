/** The person by the mail address; of somebody who is not in sluice.yaml, what to write there. */
export const named = (
  person: { readonly mail: string } | null,
  name: string,
  key: 'mail' | 'signIn' | 'github',
): { user: string } | { user: null; because: string } =>
  person === null
    ? { user: null, because: `${name} is not among people of sluice.yaml (${key}): you may look, and change nothing.` }
    : { user: person.mail };
