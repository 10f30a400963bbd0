import { createHash } from 'node:crypto';

export type ObjectType = 'blob' | 'tree' | 'commit';
export type FileMode = '100644' | '100755' | '040000' | '120000' | '160000';

/** A Git object: its type and its content exactly as Git stores it, without the header. */
export interface GitObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

export interface TreeEntry {
  /** One path component. */
  readonly name: string;
  readonly mode: FileMode;
  readonly sha: string;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Milliseconds since 1970; Git keeps whole seconds. */
  readonly at: number;
  /** As Git writes it, e.g. `+0000`. */
  readonly offset: string;
}

export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

/** The object's id as Git computes it: SHA-1 over `type size\0content`. */
export const objectId = (object: GitObject): string =>
  createHash('sha1').update(`${object.type} ${object.content.length}\0`).update(object.content).digest('hex');

export const blobObject = (content: string | Buffer): GitObject => ({ type: 'blob', content: Buffer.from(content) });

export const isFolder = (entry: TreeEntry): boolean => entry.mode === '040000';

/** Git sorts a tree by bytes, a folder as if its name ended in a slash. */
const sortKey = (entry: TreeEntry): Buffer => Buffer.from(isFolder(entry) ? `${entry.name}/` : entry.name);

export function treeObject(entries: readonly TreeEntry[]): GitObject {
  const sorted = [...entries].sort((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
  const parts = sorted.flatMap((entry) => [
    Buffer.from(`${entry.mode.replace(/^0/, '')} ${entry.name}\0`),
    Buffer.from(entry.sha, 'hex'),
  ]);
  return { type: 'tree', content: Buffer.concat(parts) };
}

export function readTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(0, at);
    const [mode = '', ...name] = content.subarray(at, end).toString().split(' ');
    const sha = content.subarray(end + 1, end + 21).toString('hex');
    // Only `treeObject` writes trees here, from entries whose mode is a FileMode.
    entries.push({ name: name.join(' '), mode: mode.padStart(6, '0') as FileMode, sha });
    at = end + 21;
  }
  return entries;
}

const clean = (text: string): string => text.replace(/[<>\n\0]/g, '').trim();

const writeSignature = (who: Signature): string =>
  `${clean(who.name)} <${clean(who.email)}> ${Math.floor(who.at / 1000)} ${who.offset}`;

export function commitObject(commit: Commit): GitObject {
  const head = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${writeSignature(commit.author)}`,
    `committer ${writeSignature(commit.committer)}`,
  ];
  return { type: 'commit', content: Buffer.from(`${head.join('\n')}\n\n${commit.message}`) };
}

export function readCommit(content: Buffer): Commit {
  const text = content.toString();
  const split = text.indexOf('\n\n');
  const parents: string[] = [];
  const fields = new Map<string, string>();
  for (const line of text.slice(0, split).split('\n')) {
    const space = line.indexOf(' ');
    const [key, value] = [line.slice(0, space), line.slice(space + 1)];
    if (key === 'parent') parents.push(value);
    else fields.set(key, value);
  }
  return {
    tree: fields.get('tree') ?? '',
    parents,
    author: readSignature(fields.get('author') ?? ''),
    committer: readSignature(fields.get('committer') ?? ''),
    message: text.slice(split + 2),
  };
}

function readSignature(text: string): Signature {
  const [, name = '', email = '', seconds = '0', offset = '+0000'] =
    /^(.*) ?<(.*)> (\d+) ([+-]\d{4})$/.exec(text) ?? [];
  return { name: name.trim(), email, at: Number(seconds) * 1000, offset };
}
