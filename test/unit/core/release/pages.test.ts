import { describe, expect, it } from 'vitest';
import { clusterPage, commitPage, imagePage, issuePage } from '../../../../core/release/pages.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('the pages of a release', () => {
  it('at GitHub are where its run is, also on a server of one’s own', () => {
    const run = 'https://github.acme.test/team/app/actions/runs/7';

    expect(commitPage(run, 'c0ffee')).toBe('https://github.acme.test/team/app/commit/c0ffee');
    expect(issuePage(run, 'team/changes', 12)).toBe('https://github.acme.test/team/changes/issues/12');
  });

  it.each([
    ['us-east-1', 'amazonaws.com', 'https://us-east-1.console.aws.amazon.com'],
    ['cn-north-1', 'amazonaws.com.cn', 'https://cn-north-1.console.amazonaws.cn'],
    ['us-gov-west-1', 'amazonaws.com', 'https://us-gov-west-1.console.amazonaws-us-gov.com'],
  ])('in ECR’s console are in the region and the partition of the image: %s', (region, domain, address) => {
    const image = `123456789012.dkr.ecr.${region}.${domain}/team/app`;

    expect(imagePage({ image, digest })).toBe(
      `${address}/ecr/repositories/private/123456789012/team/app/_/image/${digest}/details?region=${region}`,
    );
  });

  it('are none for an image of another registry, and for a cluster that is not configured', () => {
    expect(imagePage({ image: 'ghcr.io/team/app', digest })).toBeNull();
    expect(clusterPage([{ name: 'research', region: 'eu-west-1' }], 'production')).toBeNull();
  });
});
