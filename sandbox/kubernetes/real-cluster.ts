import { type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http';
import { Agent, createServer, request as secureRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { foreignPageRefusal, isForeignPage } from '../aws/foreign-page.ts';
import { isLoopbackHost, type KubernetesUser } from './authentication.ts';
import type { Cluster } from './controllers/kube-client.ts';
import { loadAdminToken, loadCertificate, writeKubeconfig } from './credentials.ts';
import type { KubernetesOptions, KubernetesServer } from './start-kubernetes.ts';
import { forbidden, StatusError } from './status-error.ts';

export interface RealClusterOptions extends Pick<KubernetesOptions, 'port' | 'dataDir' | 'authenticate'> {
  /** A cluster, and credentials that may do everything there, in the name of others too. */
  readonly cluster: Cluster;
}

/**
 * The same face as the stand-in's, with a real API server behind it. A token that `authenticate` knows becomes its user there, by
 * impersonation, as EKS makes an AWS identity a user and groups; the sandbox's own administrator is the cluster's. Any other token goes
 * on as it came, and the API server says what it thinks of it.
 */
export async function startRealCluster({ cluster, ...options }: RealClusterOptions): Promise<KubernetesServer> {
  const folder = join(options.dataDir, 'kubernetes');
  const certificate = await loadCertificate(folder, new Date());
  const adminToken = await loadAdminToken(folder);
  const { ca, clientCertificate } = cluster;
  const trusted = { keepAlive: true, ...(ca === undefined ? {} : { ca }) };
  const agents = {
    owner: new Agent({
      ...trusted,
      ...(clientCertificate === undefined ? {} : { cert: clientCertificate.certificate, key: clientCertificate.key }),
    }),
    stranger: new Agent(trusted),
  };
  const ownAuthorization = cluster.token === undefined ? {} : { authorization: `Bearer ${cluster.token}` };

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isLoopbackHost(request.headers.host)) throw forbidden('this server answers to loopback host names only');
    if (isForeignPage(request.method, request.headers)) throw forbidden(foreignPageRefusal);
    const { authorization, host: _, ...rest } = request.headers;
    const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
    const isAdmin = token === adminToken;
    const user = token === undefined || isAdmin ? null : await options.authenticate?.(token);
    const identity = isAdmin || user ? ownAuthorization : authorization === undefined ? {} : { authorization };
    const headers = {
      ...Object.fromEntries(Object.entries(rest).filter(([name]) => isAdmin || !name.startsWith('impersonate-'))),
      ...identity,
      ...(user ? inTheNameOf(user) : {}),
    };
    const to = new URL(cluster.endpoint + (request.url ?? '/'));
    const agent = isAdmin || user ? agents.owner : agents.stranger;
    const ask = to.protocol === 'https:' ? secureRequest : plainRequest;
    const asking = ask(to, {
      method: request.method,
      headers,
      ...(to.protocol === 'https:' ? { agent } : {}),
    });
    asking.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // A watch says nothing for a long time: its head must not wait for the first event.
      response.flushHeaders();
      pipeline(answer, response, () => undefined);
    });
    asking.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else refuse(response, new StatusError(503, 'ServiceUnavailable', `${cluster.endpoint}: ${error.message}`));
    });
    response.on('close', () => asking.destroy());
    pipeline(request, asking, () => undefined);
  };

  const server = createServer(
    { cert: certificate.certificatePem, key: certificate.keyPem, minVersion: 'TLSv1.2' },
    (request, response) => {
      forward(request, response).catch((error: unknown) => {
        refuse(response, error instanceof StatusError ? error : new StatusError(500, 'InternalError', String(error)));
      });
    },
  );
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  // A listening TCP server's address is an object.
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfigPath = join(options.dataDir, 'kubeconfig');
  await writeKubeconfig(kubeconfigPath, { endpoint, caPem: certificate.caPem, token: adminToken });
  return {
    endpoint,
    kubeconfigPath,
    caPem: certificate.caPem,
    certificate,
    adminToken,
    setLogProvider: () => {},
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      for (const agent of Object.values(agents)) agent.destroy();
      await closed;
    },
  };
}

/** The headers by which the API server takes a request as another user's. */
function inTheNameOf({ user, groups }: KubernetesUser): Record<string, string | string[]> {
  return { 'impersonate-user': user, ...(groups.length > 0 ? { 'impersonate-group': groups } : {}) };
}

function refuse(response: ServerResponse, error: StatusError): void {
  const json = JSON.stringify(error.toStatus());
  response.writeHead(error.code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
