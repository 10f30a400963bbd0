import type { Commit } from '../../adapters/source/source-control.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Evidence } from '../../contracts/evidence.ts';
import { namedChanges } from '../../core/release/compliance.ts';
import type { ReleaseDeps } from '../ports.ts';

/**
 * What the house wants to find of a release, read from GitHub: what a message says of a change record is a hint until the issue was read.
 *
 * @param page the repository's page at GitHub.
 */
export async function collectCompliance(
  { source }: Pick<ReleaseDeps, 'source'>,
  { repository, validation: { compliance } }: ServiceConfiguration,
  { commit: { sha, message }, page }: { readonly commit: Commit; readonly page: string },
): Promise<Pick<Evidence, 'changes' | 'documents'>> {
  const { change, documents } = compliance;
  const changes = async (): Promise<Evidence['changes']> => {
    if (change === null) return null;
    const named = namedChanges([message, ...(await source.pullTexts(repository, sha))], change);
    return Promise.all(
      named.map(async ({ id, number }) => ({
        id,
        issue:
          change.lookup === null || number === null
            ? null
            : await source.issue(change.repository ?? repository, number),
      })),
    );
  };
  const files = documents.map(async (path) => {
    const found = await source.fileAt(repository, sha, path);
    const url = `${page}/blob/${sha}/${path.split('/').map(encodeURIComponent).join('/')}`;
    return { path, url: found === null ? null : url };
  });
  const [found, there] = await Promise.all([changes(), Promise.all(files)]);
  return { changes: found, documents: there };
}
