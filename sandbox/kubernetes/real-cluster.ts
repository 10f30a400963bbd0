import { type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { foreignPageRefusal, isForeignPage } from '../aws/foreign-page.ts';
import { isLoopbackHost, type KubernetesUser } from './authentication.ts';
import type { Cluster } from './controllers/kube-client.ts';
import { loadAdminToken, loadCertificate, writeKubeconfig } from './credentials.ts';
import { listenSecurely, refuse } from './secure-server.ts';
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

  const server = await listenSecurely({
    port: options.port,
    certificate,
    listener: (request, response) => {
      forward(request, response).catch((error: unknown) => refuse(response, error));
    },
  });
  const { endpoint } = server;
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
      for (const agent of Object.values(agents)) agent.destroy();
      await server.close();
    },
  };
}

/** The headers by which the API server takes a request as another user's. */
function inTheNameOf({ user, groups }: KubernetesUser): Record<string, string | string[]> {
  return { 'impersonate-user': user, ...(groups.length > 0 ? { 'impersonate-group': groups } : {}) };
}
