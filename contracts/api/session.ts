import { z } from 'zod';

/** `POST /api/session`: signs a browser in with the API's token. */
export const signInSchema = z.strictObject({
  token: z.string().min(1, 'is missing').max(1_000),
  /** Mail, GitHub login or sign-in name of `people`, or any mail address. */
  user: z.string().trim().min(1, 'is missing').max(320),
});

/** What a sign-in answers; the session itself is in the cookie only. */
export const sessionSchema = z.object({ user: z.string(), until: z.string() });

export type SignIn = z.input<typeof signInSchema>;
export type ApiSession = z.output<typeof sessionSchema>;
