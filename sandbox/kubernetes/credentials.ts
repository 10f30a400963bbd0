import { randomBytes, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServerCertificate {
  caPem: string;
  certificatePem: string;
  keyPem: string;
}

const day = 24 * 60 * 60 * 1000;

/**
 * The server's certificate (P-256, ten years, for loopback names only) and the authority that signed it, made once and kept
 * in `folder` with mode 0600. The authority's own key is not kept: nothing else is ever signed.
 */
export async function loadCertificate(folder: string, now: Date): Promise<ServerCertificate> {
  const file = join(folder, 'server-certificate.json');
  const stored = await readStored(file);
  if (stored && Date.parse(new X509Certificate(stored.certificatePem).validTo) > now.getTime() + day) return stored;
  const created = await createCertificate(now);
  await writePrivate(file, `${JSON.stringify(created, null, 2)}\n`);
  return created;
}

async function readStored(file: string): Promise<ServerCertificate | undefined> {
  const text = await readOrUndefined(file);
  if (text === undefined) return undefined;
  try {
    // written by this module alone; a certificate that does not parse fails in X509Certificate
    return JSON.parse(text) as ServerCertificate;
  } catch {
    return undefined;
  }
}

async function createCertificate(now: Date): Promise<ServerCertificate> {
  // 140 ms of imports that only the first start needs
  const { generate } = await import('selfsigned');
  const notBeforeDate = new Date(now.getTime() - day);
  const notAfterDate = new Date(now.getTime() + 3650 * day);
  const common = { keyType: 'ec', algorithm: 'sha256', notBeforeDate, notAfterDate } as const;
  const authority = await generate([{ name: 'commonName', value: 'sluice-sandbox-ca' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'kubernetes' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { caPem: authority.cert, certificatePem: server.cert, keyPem: server.private };
}

/** The kubeconfig's own token: 256 random bits, kept in `folder` with mode 0600. */
export async function loadAdminToken(folder: string): Promise<string> {
  const file = join(folder, 'admin-token');
  const stored = (await readOrUndefined(file))?.trim();
  if (stored) return stored;
  const token = randomBytes(32).toString('base64url');
  await writePrivate(file, `${token}\n`);
  return token;
}

/** Writes a kubeconfig that `kubectl --kubeconfig` uses as it is. */
export async function writeKubeconfig(
  file: string,
  { endpoint, caPem, token }: { endpoint: string; caPem: string; token: string },
): Promise<void> {
  // JSON is YAML: no writer is needed
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'sluice-sandbox',
    clusters: [
      {
        name: 'sluice-sandbox',
        cluster: { server: endpoint, 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
      },
    ],
    users: [{ name: 'sluice-admin', user: { token } }],
    contexts: [
      { name: 'sluice-sandbox', context: { cluster: 'sluice-sandbox', user: 'sluice-admin', namespace: 'default' } },
    ],
  };
  await writePrivate(file, `${JSON.stringify(config, null, 2)}\n`);
}

async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, text, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, file);
}

async function readOrUndefined(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
