import type { CallOptions } from '../shared/call-dependency.ts';

/** An OCI manifest as far as it matters beside an image: its layers are the files, its annotations say what they are. */
export interface FileManifest {
  readonly artifactType: string | null;
  readonly layers: readonly {
    readonly mediaType: string;
    readonly digest: string;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** A manifest that names another as its `subject`; `artifactType` as its registry lists it. */
export interface Referrer {
  readonly digest: string;
  readonly artifactType: string | null;
}

/** Files beside an image in its registry, by the registry's own HTTP API. Errors: DependencyUnavailable, DependencyRefused. */
export interface RegistryFiles {
  /** @param reference a tag or a digest. Null when there is none. */
  manifest(image: string, reference: string, options?: CallOptions): Promise<FileManifest | null>;
  /** The manifests whose `subject` is `digest`, of every page of the list. */
  referrers(image: string, digest: string, options?: CallOptions): Promise<readonly Referrer[]>;
  /** The content, whose hash is the digest. */
  blob(image: string, digest: string, options?: CallOptions): Promise<Buffer>;
}
