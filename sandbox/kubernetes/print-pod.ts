import { fieldAt, type KubeObject, listAt, numberAt, textAt } from './kube-object.ts';

/** The READY column: `1/2`. */
export function readyContainers(pod: KubeObject): string {
  const statuses = listAt(pod, 'status', 'containerStatuses');
  const ready = statuses.filter((status) => fieldAt(status, 'ready') === true).length;
  return `${ready}/${listAt(pod, 'spec', 'containers').length}`;
}

/** The STATUS column: what a container waits for or died of, else the phase; `Terminating` under deletion. */
export function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp) return 'Terminating';
  let text = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase') || 'Unknown';
  for (const container of listAt(pod, 'status', 'containerStatuses')) {
    const waiting = textAt(container, 'state', 'waiting', 'reason');
    const ended = fieldAt(container, 'state', 'terminated');
    const endedReason = textAt(ended, 'reason') || `ExitCode:${textAt(ended, 'exitCode')}`;
    if (waiting) text = waiting;
    else if (ended) text = endedReason;
  }
  return text;
}

/** The RESTARTS column: the sum over the containers. */
export function restarts(pod: KubeObject): string {
  const counts = listAt(pod, 'status', 'containerStatuses').map((status) => numberAt(status, 'restartCount') ?? 0);
  return String(counts.reduce((sum, count) => sum + count, 0));
}
