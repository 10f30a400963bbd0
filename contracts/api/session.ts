import * as z from 'zod';

/** `POST /api/session`: signs a browser in with the API's token. */
export const signInSchema = z.strictObject({
  token: z.string().min(1, 'is missing').max(1_000),
  /** Mail, GitHub login or sign-in name of one of `people`. */
  user: z.string().trim().min(1, 'is missing').max(320),
});

/** What a sign-in answers; the session itself is in the cookie only. */
export const sessionSchema = z.object({ user: z.string(), until: z.string() });

/** `GET /console/sign-in.json`: how a browser gets in. */
export const signInWaySchema = z.discriminatedUnion('kind', [
  /** By the API's token, and a session. */
  z.strictObject({ kind: z.literal('token') }),
  /** By a sign-in service: OpenID Connect, authorization code with PKCE, for a client that has no secret. */
  z.strictObject({
    kind: z.literal('openid'),
    /** `iss` of its tokens. */
    issuer: z.string(),
    client: z.string(),
    authorize: z.url(),
    token: z.url(),
  }),
  /** Not at all: the API is for the command line only. */
  z.strictObject({ kind: z.literal('elsewhere') }),
]);

export type SignInWay = z.output<typeof signInWaySchema>;
export type ApiSession = z.output<typeof sessionSchema>;
