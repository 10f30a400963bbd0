import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { profileRegion } from '../../../../adapters/shared/profile-region.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice-home-'));
  mkdirSync(join(home, '.aws'));
  const profiles = [
    '[default]\nregion = eu-central-1',
    // As `aws configure sso` writes it.
    '[profile release]\nsso_session = company\nsso_account_id = 123456789012\nsso_role_name = Release\nregion = eu-west-1',
    '[profile chained]\nrole_arn = arn:aws:iam::123456789012:role/release\nsource_profile = release\nregion = us-west-2',
    '[profile none]\noutput = json',
    '[sso-session company]\nsso_region = us-east-1\nsso_start_url = https://company.awsapps.com/start',
  ];
  writeFileSync(join(home, '.aws', 'config'), `${profiles.join('\n\n')}\n`);
  writeFileSync(join(home, 'elsewhere'), '[default]\nregion = ap-south-1\n');
});
afterAll(() => rmSync(home, { recursive: true }));

it.each([
  ['the usual profile', {}, 'eu-central-1'],
  ['one of Identity Center', { AWS_PROFILE: 'release' }, 'eu-west-1'],
  ['one that takes a role of another', { AWS_PROFILE: 'chained' }, 'us-west-2'],
  ['one without a region', { AWS_PROFILE: 'none' }, null],
  ['one that is not there', { AWS_PROFILE: 'other' }, null],
])('the region of %s is that of AWS’s own file', async (_, env, region) => {
  expect(await profileRegion({ HOME: home, ...env })).toBe(region);
});

it('another file is read where one is named, and none is no fault', async () => {
  expect(await profileRegion({ HOME: home, AWS_CONFIG_FILE: join(home, 'elsewhere') })).toBe('ap-south-1');
  expect(await profileRegion({})).toBeNull();
});
