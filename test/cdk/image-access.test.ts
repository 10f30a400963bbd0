import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleFile } from '../../cdk/installation.ts';
import { synthesize } from './support/synthesize.ts';

describe('what `release` may read of images', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-images-'));
    cpSync(join(dirname(exampleFile), 'fixtures'), join(folder, 'fixtures'), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const example = readFileSync(exampleFile, 'utf8');
  const written = /image:\n\s+repositories: .*\n\s+critical: 0\n\s+provenance: required\n/;
  /** The actions with their resources, for the example with other rules for the images of its two services. */
  const rightsWith = (first: string, second = '') => {
    if (!written.test(example)) throw new Error('the example has other rules for its image');
    const text = example
      .replace(written, `image: ${first}\n`)
      .replace("image: { repositories: ['123456789012.dkr.ecr.us-east-1.amazonaws.com/research/*'] }", second);
    const configuration = join(folder, 'sluice.yaml');
    writeFileSync(configuration, text);
    const template = synthesize({ configuration, issuer: 'https://login.acme.test/', audience: 'sluice' });
    return template
      .statementsOf(template.lambda('release'))
      .filter(({ actions }) => actions.some((action) => /^(ecr|inspector2):/.test(action)))
      .map(({ actions, resources }) => [actions, resources]);
  };
  const arn = (rest: string) => `arn:<AWS::Partition>:ecr:${rest}`;
  const own = arn('us-east-1:<AWS::AccountId>:repository/*');

  it('is that they are there, in this account and region, where nothing more is configured', () => {
    expect(rightsWith('{}')).toEqual([[['ecr:DescribeImages'], [expect.stringMatching(/:repository\/\*$/)]]]);
  });

  it('is the scans, and what lies beside an image, of exactly the repositories of the services that need it', () => {
    const elsewhere = '999999999999.dkr.ecr.eu-west-1.amazonaws.com';

    const rights = rightsWith(
      `{ repositories: [${elsewhere}/team/app, '${elsewhere}/shared/*'], critical: 0, signature: required }`,
      `image: { repositories: ['111111111111.dkr.ecr.us-east-1.amazonaws.com/*'] }`,
    );

    const app = arn('eu-west-1:999999999999:repository/team/app');
    const shared = arn('eu-west-1:999999999999:repository/shared/*');
    expect(rights).toEqual([
      [['ecr:DescribeImages'], [shared, app, arn('us-east-1:111111111111:repository/*')]],
      [
        ['ecr:BatchGetImage', 'ecr:DescribeImageScanFindings'],
        [shared, app],
      ],
      [
        ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        [shared, app],
      ],
      [['ecr:GetAuthorizationToken'], ['*']],
    ]);
    expect(JSON.stringify(rights)).not.toContain(own);
  });

  it('is Inspector’s findings where Inspector scans, which know no resources', () => {
    const inspector = ['inspector2:ListCoverage', 'inspector2:ListFindings'];

    expect(rightsWith('{ critical: 0, scanner: inspector }')).toContainEqual([inspector, ['*']]);
    expect(JSON.stringify(rightsWith('{ scanner: inspector }'))).not.toContain('inspector2');
  });
});
