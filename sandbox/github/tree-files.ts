import { blobObject, type FileMode, isFolder, type TreeEntry, treeObject } from './git-objects.ts';
import { type Editor, type Repository, treeOf } from './github-store.ts';

/** A file or folder with its whole path within a tree. */
export interface TreePath {
  readonly path: string;
  readonly mode: FileMode;
  readonly sha: string;
}

/** Everything below a tree in Git's order, folders before what is in them. */
export function listTree(repository: Repository, tree: string, prefix = ''): TreePath[] {
  return (treeOf(repository, tree) ?? []).flatMap((entry) => {
    const path = `${prefix}${entry.name}`;
    const here = { path, mode: entry.mode, sha: entry.sha };
    return isFolder(entry) ? [here, ...listTree(repository, entry.sha, `${path}/`)] : [here];
  });
}

/** The file or folder at `path`; an empty path is the tree itself. */
export function findPath(repository: Repository, tree: string, path: string): TreePath | undefined {
  let found: TreePath = { path, mode: '040000', sha: tree };
  for (const name of path.split('/').filter((part) => part !== '')) {
    const entry: TreeEntry | undefined = treeOf(repository, found.sha)?.find((one) => one.name === name);
    if (entry === undefined) return undefined;
    found = { path, mode: entry.mode, sha: entry.sha };
  }
  return found;
}

/** The bytes of the file at `path`, if it is there and a file. */
export function readFileAt(repository: Repository, tree: string, path: string): Buffer | undefined {
  const found = findPath(repository, tree, path);
  const object = found && repository.objects.get(found.sha);
  return object?.type === 'blob' ? object.content : undefined;
}

/** A path to set, or with `sha` null to remove. */
export type TreeEdit = TreePath | { readonly path: string; readonly sha: null };

/** Writes the tree that `edits` make of `base` (a tree id, or undefined for an empty one) and returns its id. */
export function writeTree(
  editor: Editor,
  repository: Repository,
  base: string | undefined,
  edits: readonly TreeEdit[],
): string {
  const entries = new Map<string, TreeEntry>();
  for (const entry of (base && treeOf(repository, base)) || []) entries.set(entry.name, entry);
  const below = new Map<string, TreeEdit[]>();
  for (const edit of edits) {
    const slash = edit.path.indexOf('/');
    if (slash !== -1) {
      const folder = edit.path.slice(0, slash);
      below.set(folder, [...(below.get(folder) ?? []), { ...edit, path: edit.path.slice(slash + 1) }]);
    } else if (edit.sha === null) entries.delete(edit.path);
    else entries.set(edit.path, { name: edit.path, mode: edit.mode, sha: edit.sha });
  }
  for (const [name, inside] of below) {
    const old = entries.get(name);
    const sha = writeTree(editor, repository, old && isFolder(old) ? old.sha : undefined, inside);
    if (treeOf(repository, sha)?.length === 0) entries.delete(name);
    else entries.set(name, { name, mode: '040000', sha });
  }
  return editor.putObject(repository, treeObject([...entries.values()]));
}

/** Writes blobs and tree of `files` on top of `base` and returns the tree's id. */
export function writeFiles(
  editor: Editor,
  repository: Repository,
  base: string | undefined,
  files: ReadonlyMap<string, string | Buffer>,
): string {
  const edits = [...files].map(([path, content]): TreePath => {
    const sha = editor.putObject(repository, blobObject(content));
    return { path, mode: '100644', sha };
  });
  return writeTree(editor, repository, base, edits);
}

/** A file that differs between two trees. */
export interface FileDifference {
  readonly path: string;
  readonly sha: string;
  readonly status: 'added' | 'modified' | 'removed';
}

export function differences(repository: Repository, before: string | undefined, after: string): FileDifference[] {
  const filesOf = (tree: string) =>
    new Map(
      listTree(repository, tree)
        .filter((one) => one.mode !== '040000')
        .map((one) => [one.path, one.sha]),
    );
  const old: ReadonlyMap<string, string> = before === undefined ? new Map() : filesOf(before);
  const now = filesOf(after);
  const changed = [...now].flatMap(([path, sha]): FileDifference[] => {
    if (!old.has(path)) return [{ path, sha, status: 'added' }];
    return old.get(path) === sha ? [] : [{ path, sha, status: 'modified' }];
  });
  const gone = [...old].flatMap(([path, sha]): FileDifference[] =>
    now.has(path) ? [] : [{ path, sha, status: 'removed' }],
  );
  return [...changed, ...gone].sort((a, b) => (a.path < b.path ? -1 : 1));
}
