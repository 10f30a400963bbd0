import type { Commit } from '../../adapters/source/source-control.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Evidence } from '../../contracts/evidence.ts';
import { namedChanges } from '../../core/release/compliance.ts';
import { issuePage, repositoryPage } from '../../core/release/pages.ts';
import type { ReleaseDeps } from '../ports.ts';

/**
 * What the house wants to find of a release, read from GitHub: what a message says of a change record is a hint until the issue was read.
 *
 * @param runUrl the page of the run that has built it.
 */
export async function collectCompliance(
  { source }: Pick<ReleaseDeps, 'source'>,
  { repository, validation: { compliance } }: ServiceConfiguration,
  { commit: { sha, message }, runUrl }: { readonly commit: Commit; readonly runUrl: string },
): Promise<Pick<Evidence, 'changes' | 'documents'>> {
  const { change, documents } = compliance;
  const changes = async (): Promise<Evidence['changes']> => {
    if (change === null) return null;
    const named = namedChanges([message, ...(await source.pullTexts(repository, sha))], change);
    const where = change.repository ?? repository;
    return Promise.all(
      named.map(async ({ id, number }) =>
        change.lookup === null || number === null
          ? { id, issue: null }
          : { id, lookedUp: issuePage(runUrl, where, number), issue: await source.issue(where, number) },
      ),
    );
  };
  const files = documents.map(async (path) => {
    const found = await source.fileAt(repository, sha, path);
    const url = `${repositoryPage(runUrl)}/blob/${sha}/${path.split('/').map(encodeURIComponent).join('/')}`;
    return { path, url: found === null ? null : url };
  });
  const [found, there] = await Promise.all([changes(), Promise.all(files)]);
  return { changes: found, documents: there };
}
