import * as z from 'zod';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { NotAllowed } from '../../contracts/errors.ts';
import { personByMail, personBySignIn } from '../../core/approvals/people.ts';
import type { Caller, Identify } from './identify.ts';
import { callerFor } from './identify.ts';
import { identifyJob } from './identify-job.ts';

/** Which of a sign-in service's tokens are believed, and what they call a person. */
export interface SignInTokens {
  readonly issuer: string;
  /** `email` is compared with `people[].mail` and must be verified; any other with `people[].signIn`. */
  readonly nameClaim: string;
}

/** API Gateway passes every claim as a text. */
const claims = z.record(z.string(), z.unknown());
type Claims = z.output<typeof claims>;

/** What API Gateway (payload 2.0) says of a request that one of its authorisers let through. */
const gatewaySchema = z.object({
  /** Of the API. */
  accountId: z.string(),
  authorizer: z.union([
    z.object({ jwt: z.object({ claims }) }),
    z.object({ iam: z.object({ accountId: z.string(), userArn: z.string() }) }),
  ]),
});

/**
 * The caller as API Gateway's authorisers know them: by the sign-in service's token, by a job's token of GitHub, or by AWS keys. It has verified
 * signature, issuer, audience and expiry; what of that concerns Sluice is decided here. Only who stands in `people` may change anything.
 */
export function createGatewayIdentity(options: {
  readonly signIn: SignInTokens;
  readonly configuration: Pick<Configuration, 'people' | 'services' | 'github'>;
}): Identify {
  const { signIn, configuration } = options;
  return async ({ gateway }) => {
    const parsed = gatewaySchema.safeParse(gateway);
    if (!parsed.success) return null;
    const { accountId, authorizer } = parsed.data;
    if ('iam' in authorizer) return identifySession(authorizer.iam, accountId, configuration.people);
    const { iss } = authorizer.jwt.claims;
    if (iss === configuration.github.jobIssuer) return identifyJob(authorizer.jwt.claims, configuration);
    return iss === signIn.issuer
      ? identifySignedIn(authorizer.jwt.claims, signIn.nameClaim, configuration.people)
      : null;
  };
}

function identifySignedIn(claims: Claims, nameClaim: string, people: Configuration['people']): Caller {
  const way = { via: 'sign-in', services: null } as const;
  const name = claims[nameClaim];
  if (typeof name !== 'string' || name === '') {
    return {
      ...way,
      user: null,
      who: 'unnamed',
      because: `Your token has no claim ${nameClaim}, so nobody knows who you are.`,
    };
  }
  if (nameClaim !== 'email') return { ...way, ...callerFor(personBySignIn(people, name), name, 'signIn') };
  // An address that nobody checked is whatever its owner typed.
  if (claims.email_verified !== 'true') {
    return {
      ...way,
      user: null,
      who: 'unnamed',
      because: `The sign-in service has not verified that ${name} is your address.`,
    };
  }
  return { ...way, ...callerFor(personByMail(people, name), name, 'mail') };
}

const sessionArn = /^arn:aws[a-z-]*:sts::(?<account>\d{12}):assumed-role\/(?<role>[^/]+)\/(?<session>[^/]+)$/;
/** Identity Center's roles, whose trust policies only it can change. Who may make another of such a name rules the account anyway. */
const identityCenterRole = /^AWSReservedSSO_.+_[0-9a-f]{16}$/;

/**
 * Sessions of Identity Center's roles are named after who signed in. All other sessions are named as their callers like, and users and
 * roles are no persons.
 */
function identifySession(
  { accountId, userArn }: { readonly accountId: string; readonly userArn: string },
  ownAccount: string,
  people: Configuration['people'],
): Caller {
  const { account, role = '', session = '' } = sessionArn.exec(userArn)?.groups ?? {};
  if (accountId !== ownAccount || account !== ownAccount || !identityCenterRole.test(role)) {
    throw new NotAllowed(
      `${userArn} does not identify a person: sign in through IAM Identity Center, into account ${ownAccount} (aws sso login).`,
    );
  }
  // Identity Center's user names are its administrators' to give, mail addresses mostly.
  const person = personBySignIn(people, session) ?? personByMail(people, session);
  return { via: 'aws', services: null, ...callerFor(person, session, 'signIn') };
}
