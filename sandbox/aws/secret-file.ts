import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';

const SecretVersion = z.object({
  id: z.string(),
  secretString: z.string().optional(),
  /** Base64. */
  secretBinary: z.string().optional(),
  stages: z.array(z.string()),
  /** Seconds since 1970. */
  createdDate: z.number(),
});
const Secret = z.object({ name: z.string(), createdDate: z.number(), versions: z.array(SecretVersion) });

export type SecretVersion = z.infer<typeof SecretVersion>;
export type Secret = z.infer<typeof Secret>;

/** Secrets in one JSON file that only its owner may read, replaced as a whole on each write. */
export class SecretFile {
  readonly #path: string;
  readonly #secrets: Map<string, Secret>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, secrets: readonly Secret[]) {
    this.#path = path;
    this.#secrets = new Map(secrets.map((secret) => [secret.name, secret]));
  }

  static async open(path: string): Promise<SecretFile> {
    await mkdir(dirname(path), { recursive: true });
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    return new SecretFile(path, z.array(Secret).parse(JSON.parse(text)));
  }

  get(name: string): Secret | undefined {
    return this.#secrets.get(name);
  }

  /** Resolves once the secret is on disk. */
  put(secret: Secret): Promise<void> {
    this.#secrets.set(secret.name, secret);
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const temporary = `${this.#path}.new`;
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(JSON.stringify([...this.#secrets.values()]));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, this.#path);
  }
}
