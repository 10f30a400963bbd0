import { publicUrl } from './primitives.ts';

/** The server of everybody who has none of their own. */
export const githubCom = 'https://github.com';

/** Where people open GitHub: an address without a path. */
export const githubServer = publicUrl
  .superRefine((address, context) => {
    const { origin, hostname } = new URL(address);
    const problem = (message: string) => context.addIssue({ code: 'custom', message });
    if (origin !== address.toLowerCase()) problem(`must be scheme and host alone: ${origin}`);
    if (/^(?:api|www)\.github\.com$/i.test(hostname)) problem(`must be ${githubCom}`);
    if (/(?:^|\.)ghe\.com$/i.test(hostname)) {
      problem('must be github.com or a GitHub Enterprise Server: addresses of GHE.com are made otherwise');
    }
  })
  .transform((address) => new URL(address).origin);

/** Where GitHub is. */
export interface GitHubAddresses {
  readonly server: string;
  /** Base of the REST API. */
  readonly apiUrl: string;
  /** Who signs the tokens of GitHub Actions' jobs. */
  readonly jobIssuer: string;
}

/**
 * Every address of GitHub by that of its server.
 *
 * @see https://docs.github.com/en/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api and
 * https://docs.github.com/en/enterprise-server/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services
 */
export function githubAddresses(written: { server: string; apiUrl?: string | undefined }): GitHubAddresses {
  const { server } = written;
  const own =
    server === githubCom
      ? { apiUrl: 'https://api.github.com', jobIssuer: 'https://token.actions.githubusercontent.com' }
      : { apiUrl: `${server}/api/v3`, jobIssuer: `${server}/_services/token` };
  return { ...own, server, apiUrl: written.apiUrl ?? own.apiUrl };
}
