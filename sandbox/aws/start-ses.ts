import type { Server } from 'node:http';
import { keepMails, type MailStore } from './kept-mails.ts';
import { closeServer, endpointOf, guardServer, knownHere, type StandIn } from './listener.ts';

/**
 * Starts SES v2: aws-ses-v2-local, with a copy of the mails in `dataDir`, if there is one; else it begins without any. `GET /store` lists what was
 * sent, `GET /` shows it. One at a time in a process, since that package keeps its mails in a module.
 */
export async function startSes(options: { port: number; dataDir?: string }): Promise<StandIn> {
  const module = await import('aws-ses-v2-local');
  // A CommonJS module: Node puts its exports object into `default`, whose own `default` is the function.
  const exported = module.default as unknown as {
    default: (config: { host: string; port: number }) => Promise<Server>;
  };
  const server = await exported.default({ host: '127.0.0.1', port: options.port });
  if (!server.listening) throw new Error(`Port ${options.port} for mail (SES) is taken`);
  guardServer(server);
  knownHere(server);
  const { default: store } = await import('aws-ses-v2-local/dist/store.js');
  if (options.dataDir === undefined) store.clearStore();
  else {
    // The function's types promise readonly access by its name only.
    await keepMails(server, store.getStoreReadonly() as MailStore, options.dataDir);
  }
  return { endpoint: endpointOf(server), close: () => closeServer(server) };
}
