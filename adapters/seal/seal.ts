import { createHash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';
import { seconds } from '../../contracts/duration.ts';
import { type AwsOptions, awsClientConfig, callAws, isAwsError } from '../shared/aws.ts';
import type { CallOptions } from '../shared/call-dependency.ts';

/** Makes and verifies the MACs of one kind of record. Errors: DependencyUnavailable, DependencyRefused (no right to the key). */
export interface Seal {
  /** Base64. `content` is plain JSON: the order of its keys does not matter. */
  make(content: object, options?: CallOptions): Promise<string>;
  /** Whether this content was sealed by this key, exactly as it is. */
  verify(content: object, mac: string, options?: CallOptions): Promise<boolean>;
}

export interface SealOptions extends AwsOptions {
  /** ARN, id or alias of an HMAC key. */
  readonly keyId: string;
  /** What is sealed: it is part of what the MAC is over, so that one kind of record cannot be passed off as another. */
  readonly kind: 'decision' | 'audit';
}

const canonical = configure({ deterministic: true, strict: true });
const MacAlgorithm = 'HMAC_SHA_256';
/** Seals that were found good are not asked about again while the function lives; beyond this many the oldest is forgotten. */
const mostRemembered = 5_000;

/** What is sealed of a record: KMS takes 4,096 bytes, a record may have more. */
export const sealedText = (kind: SealOptions['kind'], content: object): string =>
  `sluice ${kind} ${createHash('sha256')
    .update(canonical(content) ?? '')
    .digest('hex')}`;

/** A seal by a key of KMS. The client is loaded with the first one (docs/adr/0016). */
export function createSeal(options: SealOptions): Seal {
  const { keyId: KeyId, kind, within = seconds(3) } = options;
  let opened: ReturnType<typeof open> | undefined;
  const client = () => {
    opened ??= open(options);
    return opened;
  };
  const good = new Set<string>();
  const remember = (known: string) => {
    const [oldest] = good;
    if (good.size >= mostRemembered && oldest !== undefined) good.delete(oldest);
    good.add(known);
  };
  // Both may be repeated: they change nothing.
  const call = (attempted: string, asked: CallOptions) => ({
    dependency: 'KMS',
    attempted: `${attempted} of a record (${kind})`,
    retry: 'safe' as const,
    within,
    ...asked,
  });

  return {
    async make(content, asked = {}) {
      const text = sealedText(kind, content);
      const { kms, GenerateMacCommand } = await client();
      const answer = await callAws(call('GenerateMac', asked), (abortSignal) =>
        kms.send(new GenerateMacCommand({ KeyId, MacAlgorithm, Message: Buffer.from(text) }), { abortSignal }),
      );
      const mac = Buffer.from(answer.Mac ?? []).toString('base64');
      remember(`${mac} ${text}`);
      return mac;
    },
    async verify(content, mac, asked = {}) {
      const text = sealedText(kind, content);
      if (good.has(`${mac} ${text}`)) return true;
      const Mac = Buffer.from(mac, 'base64');
      // KMS refuses an empty MAC as a malformed request.
      if (Mac.length === 0) return false;
      const { kms, VerifyMacCommand } = await client();
      try {
        await callAws(call('VerifyMac', asked), (abortSignal) =>
          kms.send(new VerifyMacCommand({ KeyId, MacAlgorithm, Mac, Message: Buffer.from(text) }), { abortSignal }),
        );
      } catch (error) {
        if (error instanceof Error && isAwsError(error.cause, 'KMSInvalidMacException')) return false;
        throw error;
      }
      remember(`${mac} ${text}`);
      return true;
    },
  };
}

async function open(options: SealOptions) {
  const { GenerateMacCommand, KMSClient, VerifyMacCommand } = await import('@aws-sdk/client-kms');
  return { kms: new KMSClient(awsClientConfig(options)), GenerateMacCommand, VerifyMacCommand };
}
