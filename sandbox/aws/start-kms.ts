import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { type AccessKeys, type Caller, verifySigV4 } from './authenticate-sigv4.ts';
import { AwsError } from './aws-error.ts';
import type { StandIn } from './listener.ts';
import { startAwsJson } from './start-aws-json.ts';

/** An HMAC key (HMAC_256). Who may do what with it is what its policy and the roles say on AWS. */
export interface HmacKey {
  /** `alias/…`, by which it is asked for. */
  readonly alias: string;
  readonly keyId: string;
  readonly material: Buffer;
  /** Whether a role may, by its name. */
  readonly allows: (action: 'GenerateMac' | 'VerifyMac', roleName: string) => boolean;
}

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const message = bytes.refine(
  ({ length }) => length >= 1 && length <= 4096,
  'Member must have length between 1 and 4096',
);
const MacAlgorithm = z.enum(['HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512']);
const GenerateMac = z.object({ KeyId: z.string().min(1).max(2048), Message: message, MacAlgorithm });
const VerifyMac = GenerateMac.extend({
  Mac: bytes.refine(({ length }) => length >= 1 && length <= 6144, 'Member must have length between 1 and 6144'),
});

/**
 * Starts KMS: GenerateMac and VerifyMac by HMAC_256 keys, which are known by id, ARN and alias. Here the caller's signature is checked, and not
 * only whose access key it names: what these MACs prove is who could make them.
 */
export function startKms(options: {
  port: number;
  hmacKeys: readonly HmacKey[];
  keys?: AccessKeys | undefined;
  region?: string;
  accountId?: string;
}): Promise<StandIn> {
  const prefix = `arn:aws:kms:${options.region ?? 'us-east-1'}:${options.accountId ?? '123456789012'}:`;
  const arnOf = ({ keyId }: HmacKey) => `${prefix}key/${keyId}`;
  const find = (asked: string): HmacKey => {
    const name = asked.startsWith(prefix) ? asked.slice(prefix.length) : asked;
    const key = options.hmacKeys.find(({ alias, keyId }) => [alias, keyId, `key/${keyId}`].includes(name));
    if (key !== undefined) return key;
    const what = name.startsWith('alias/') ? `Alias ${prefix}${name} is not found.` : `Key '${asked}' does not exist`;
    throw new AwsError('NotFoundException', what);
  };
  const use = (
    action: 'GenerateMac' | 'VerifyMac',
    { KeyId, MacAlgorithm: algorithm }: z.output<typeof GenerateMac>,
    { roleName }: Caller,
  ) => {
    const key = find(KeyId);
    if (options.keys !== undefined && !key.allows(action, roleName)) {
      const who = `arn:aws:sts::${options.accountId ?? '123456789012'}:assumed-role/sluice-${roleName}`;
      throw new AwsError(
        'AccessDeniedException',
        `User: ${who} is not authorized to perform: kms:${action} on resource: ${arnOf(key)}`,
      );
    }
    if (algorithm !== 'HMAC_SHA_256') {
      throw new AwsError('InvalidKeyUsageException', `${arnOf(key)} key usage does not support ${algorithm}.`);
    }
    return key;
  };
  const macOf = ({ material }: HmacKey, text: Buffer) => createHmac('sha256', material).update(text).digest();

  return startAwsJson({
    port: options.port,
    targetPrefix: 'TrentService',
    protocol: '1.1',
    invalidInput: 'ValidationException',
    keys: options.keys,
    ...(options.keys === undefined ? {} : { authenticate: verifySigV4 }),
    operations: {
      GenerateMac: (input, caller) => {
        const asked = GenerateMac.parse(input);
        const key = use('GenerateMac', asked, caller);
        const Mac = macOf(key, asked.Message).toString('base64');
        return { KeyId: arnOf(key), Mac, MacAlgorithm: asked.MacAlgorithm };
      },
      VerifyMac: (input, caller) => {
        const asked = VerifyMac.parse(input);
        const key = use('VerifyMac', asked, caller);
        const expected = macOf(key, asked.Message);
        if (asked.Mac.length !== expected.length || !timingSafeEqual(asked.Mac, expected)) {
          throw new AwsError('KMSInvalidMacException', '');
        }
        return { KeyId: arnOf(key), MacAlgorithm: asked.MacAlgorithm, MacValid: true };
      },
    },
  });
}
