import * as z from 'zod';

/** What a call came to, for people: a sentence each, commands as they are typed. `did` is empty when nothing was to do. */
export const told = {
  did: z.array(z.string()).readonly(),
  didNot: z.array(z.string()).readonly(),
  next: z.array(z.string()).readonly(),
};
