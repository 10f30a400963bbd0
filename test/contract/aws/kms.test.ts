import { GenerateMacCommand, KMSClient, VerifyMacCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSeal, sealedText } from '../../../adapters/seal/seal.ts';
import type { StandIn } from '../../../sandbox/aws/listener.ts';
import { startKms } from '../../../sandbox/aws/start-kms.ts';
import { clientSettings } from './client-settings.ts';

/** @see https://www.rfc-editor.org/rfc/rfc4231 (test cases 1, 2, 3, 4, 6 and 7 of HMAC-SHA-256) */
const vectors = [
  {
    key: '0b'.repeat(20),
    data: Buffer.from('Hi There').toString('hex'),
    mac: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  },
  {
    key: '4a656665',
    data: Buffer.from('what do ya want for nothing?').toString('hex'),
    mac: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  },
  {
    key: 'aa'.repeat(20),
    data: 'dd'.repeat(50),
    mac: '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  },
  {
    key: '0102030405060708090a0b0c0d0e0f10111213141516171819',
    data: 'cd'.repeat(50),
    mac: '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  },
  {
    key: 'aa'.repeat(131),
    data: Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'),
    mac: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  },
  {
    key: 'aa'.repeat(131),
    data: Buffer.from(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    ).toString('hex'),
    mac: '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  },
];
const hex = (text: string) => Buffer.from(text, 'hex');
const keys = new Map([
  ['AKIAWRITER', { secretAccessKey: 'secret', roleName: 'writer' }],
  ['AKIAREADER', { secretAccessKey: 'secret', roleName: 'reader' }],
]);
const ofSettings = (endpoint: string, accessKeyId = 'AKIAWRITER', secretAccessKey = 'secret') => ({
  ...clientSettings(endpoint),
  credentials: { accessKeyId, secretAccessKey },
});

describe('KMS', () => {
  let kms: StandIn;
  let client: KMSClient;
  beforeAll(async () => {
    kms = await startKms({
      port: 0,
      keys,
      hmacKeys: vectors.map(({ key }, index) => ({
        alias: `alias/vector-${index}`,
        keyId: `0000000${index}-0000-4000-8000-000000000000`,
        material: hex(key),
        allows: (action, role) => action === 'VerifyMac' || role === 'writer',
      })),
    });
    client = new KMSClient(ofSettings(kms.endpoint));
  });
  afterAll(async () => {
    client.destroy();
    await kms.close();
  });
  const by = async <T>(settings: ReturnType<typeof ofSettings>, work: (client: KMSClient) => Promise<T>) => {
    const other = new KMSClient(settings);
    return work(other).finally(() => other.destroy());
  };
  const asked = { KeyId: 'alias/vector-1', MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from('a decision') } as const;

  it.each(vectors.map((vector, index) => ({ ...vector, index })))(
    'makes and verifies the MAC of test case $index of RFC 4231',
    async ({ data, mac, index }) => {
      const base = { KeyId: `alias/vector-${index}`, MacAlgorithm: 'HMAC_SHA_256', Message: hex(data) } as const;

      const made = await client.send(new GenerateMacCommand(base));
      const verified = await client.send(new VerifyMacCommand({ ...base, Mac: hex(mac) }));

      expect(Buffer.from(made.Mac ?? []).toString('hex')).toBe(mac);
      const arn = `arn:aws:kms:us-east-1:123456789012:key/0000000${index}-0000-4000-8000-000000000000`;
      expect(made).toMatchObject({ KeyId: arn, MacAlgorithm: 'HMAC_SHA_256' });
      expect(verified).toMatchObject({ KeyId: arn, MacAlgorithm: 'HMAC_SHA_256', MacValid: true });
    },
  );

  it('says no as KMS does', async () => {
    const answers: [string, Promise<unknown>][] = [
      ['KMSInvalidMacException', client.send(new VerifyMacCommand({ ...asked, Mac: Buffer.alloc(32) }))],
      ['NotFoundException', client.send(new GenerateMacCommand({ ...asked, KeyId: 'alias/nobody' }))],
      ['InvalidKeyUsageException', client.send(new GenerateMacCommand({ ...asked, MacAlgorithm: 'HMAC_SHA_512' }))],
      ['ValidationException', client.send(new GenerateMacCommand({ ...asked, Message: Buffer.alloc(4097) }))],
    ];

    for (const [name, answer] of answers) await expect(answer).rejects.toMatchObject({ name });
  });

  it('makes a MAC for who may, and knows that by the signature and not by the name of the access key alone', async () => {
    const make = (...who: [string?, string?]) =>
      by(ofSettings(kms.endpoint, ...who), (one) => one.send(new GenerateMacCommand(asked)));

    await expect(make('AKIAWRITER')).resolves.toMatchObject({ Mac: expect.anything() });
    await expect(make('AKIAREADER')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(make('AKIAWRITER', 'guessed')).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    await expect(make('AKIASTRANGER')).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('seals a record of any size, whatever the order of its fields, and of nothing else', async () => {
    const seal = createSeal({ ...ofSettings(kms.endpoint), keyId: 'alias/vector-1', kind: 'decision' });
    const reading = createSeal({
      ...ofSettings(kms.endpoint, 'AKIAREADER'),
      keyId: 'alias/vector-1',
      kind: 'decision',
    });
    const other = createSeal({ ...ofSettings(kms.endpoint, 'AKIAREADER'), keyId: 'alias/vector-1', kind: 'audit' });
    const record = { approver: 'ana@example.com', reason: 'x'.repeat(10_000), digest: null };

    const mac = await seal.make(record);

    const { approver, reason, digest } = record;
    expect(await reading.verify({ digest, reason, approver }, mac)).toBe(true);
    expect(await reading.verify({ ...record, approver: 'ben@example.com' }, mac)).toBe(false);
    expect(await reading.verify(record, '')).toBe(false);
    expect(await other.verify(record, mac)).toBe(false);
    await expect(reading.make(record)).rejects.toMatchObject({ name: 'DependencyRefused' });
    expect(sealedText('decision', record)).toMatch(/^sluice decision [0-9a-f]{64}$/);
  });
});
