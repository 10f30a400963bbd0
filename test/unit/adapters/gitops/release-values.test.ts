import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatValues } from '../../../../adapters/gitops/environment-branch.ts';

it('the values of a release name the image by digest, the version and the environment, and nothing else', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const image = '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops:v2.1.0';

  const text = formatValues({ environment: 'blue', release: { version: 'v2.1.0', image, digest } });

  expect(parse(text)).toEqual({
    image: { repository: '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops', digest },
    version: 'v2.1.0',
    environment: 'blue',
  });
});
