import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { SandboxProcess } from './sandbox-process.ts';

/** What an administrator of the cluster reads, or, with a body, patches (a JSON merge patch), past Sluice. */
export function asAdministrator<T>(sandbox: SandboxProcess, path: string, patch?: object): Promise<T> {
  // The sandbox writes its kubeconfig as JSON, which is YAML too.
  const { clusters, users } = JSON.parse(readFileSync(sandbox.ready.kubeconfig, 'utf8'));
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
  const headers = {
    authorization: `Bearer ${users[0].user.token}`,
    ...(patch === undefined ? {} : { 'content-type': 'application/merge-patch+json' }),
  };
  return new Promise((resolve, reject) => {
    const options = { method: patch === undefined ? 'GET' : 'PATCH', ca: Buffer.from(ca, 'base64'), headers };
    const sent = request(new URL(path, server), options, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => (answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))));
    });
    sent.on('error', reject);
    sent.end(patch === undefined ? undefined : JSON.stringify(patch));
  });
}
