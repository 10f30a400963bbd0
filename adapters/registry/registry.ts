import type { Evidence } from '../../contracts/evidence.ts';
import type { CallOptions } from '../shared/call-dependency.ts';

export type ImageEvidence = NonNullable<Evidence['image']>;

export interface DescribeOptions extends CallOptions {
  /** Whether the scan is asked for, which takes a call for each platform of an image index. */
  readonly scan: boolean;
}

/** What is known of an image. Errors: DependencyUnavailable, DependencyRefused. */
export interface Registry {
  /** @param image the repository without tag or digest; @param digest `sha256:…`. Null when the image is in no ECR registry. */
  describe(
    image: string,
    digest: string,
    options: DescribeOptions,
  ): Promise<Pick<ImageEvidence, 'present' | 'scans'> | null>;
}
