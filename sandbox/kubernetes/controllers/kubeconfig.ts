import { parse } from 'yaml';
import type { Cluster } from './kube-client.ts';

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context: { cluster: string; user: string } }[];
  clusters?: { name: string; cluster: { server: string; 'certificate-authority-data'?: string } }[];
  users?: {
    name: string;
    user: { token?: string; 'client-certificate-data'?: string; 'client-key-data'?: string };
  }[];
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

/** Reads the current context of a kubeconfig that carries its credentials inline. @throws Error when there is none. */
export function clusterOf(text: string): Cluster {
  // kubectl's file format; what is missing is found below.
  const config = parse(text) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user;
  if (cluster === undefined) throw new Error('the kubeconfig has no current context with a cluster');
  const ca = cluster['certificate-authority-data'];
  const certificate = user?.['client-certificate-data'];
  const key = user?.['client-key-data'];
  return {
    endpoint: cluster.server.replace(/\/$/, ''),
    ...(ca === undefined ? {} : { ca: decoded(ca) }),
    ...(user?.token === undefined ? {} : { token: user.token }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { clientCertificate: { certificate: decoded(certificate), key: decoded(key) } }),
  };
}
