import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { createStaticClusterAccess } from '../../adapters/cluster/cluster-access.ts';
import { bundleFile } from '../../cdk/bundle-functions.ts';
import { leanPackages } from '../../cdk/lean-packages.ts';

const root = join(import.meta.dirname, '..', '..');

describe('a package without what Lambda never needs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-lean-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const packed = async (file: string) => {
    const outfile = join(folder, `${file.replace(/\W/g, '-')}.mjs`);
    await bundleFile(join(root, file), outfile, [leanPackages]);
    return import(outfile);
  };

  it('still asks a cluster over TLS, by the cluster’s own CA and by no other', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const seen: string[] = [];
    const server = createServer({ key, cert }, (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.setHeader('content-type', 'application/json').end('{"kind":"Route"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
    const { createKubernetesClient } = await packed('adapters/cluster/kubernetes-client.ts');
    const trusting = createKubernetesClient(createStaticClusterAccess({ name: 'c', endpoint, ca: cert, token: 't' }));
    const stranger = createKubernetesClient(createStaticClusterAccess({ name: 'c', endpoint, ca: null, token: 't' }));

    expect(await trusting.get('/apis/x/routes/r?a=b')).toEqual({ kind: 'Route' });
    await expect(stranger.get('/apis/x/routes/r')).rejects.toMatchObject({ name: 'NeighbourUnavailable' });
    expect(seen).toEqual(['GET /apis/x/routes/r?a=b Bearer t']);

    await Promise.all([trusting.close(), stranger.close()]);
    server.closeAllConnections();
    server.close();
  });

  it('takes AWS keys from the variables that Lambda sets', async () => {
    const { machineCredentials } = await packed('adapters/shared/request-signer.ts');
    const before = process.env;
    process.env = { ...before, AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' };

    const found = await machineCredentials();
    process.env = before;

    expect(found).toMatchObject({ accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: 't' });
  });
});
