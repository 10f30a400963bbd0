// A function that reads from the cluster, as the README of @kubernetes/client-node shows it.
import * as k8s from '@kubernetes/client-node';

const config = new k8s.KubeConfig();
config.loadFromOptions({
  clusters: [{ name: 'here', server: process.env.KUBERNETES_ENDPOINT, skipTLSVerify: true }],
  users: [{ name: 'me', token: 'token' }],
  contexts: [{ name: 'here', cluster: 'here', user: 'me' }],
  currentContext: 'here',
});
const pods = config.makeApiClient(k8s.CoreV1Api);

export const handler = () => pods.listNamespacedPod({ namespace: 'production-blue' });
