import { classifierFace, type DemoService, type Face, startDemoService } from './demo-service.ts';
import { createFaults, type Fault, type FaultChange, type Faults } from './faults.ts';
import type { LogBuffer } from './log-buffer.ts';

/** Which pod to run and as what. */
export interface PodToRun {
  namespace: string;
  name: string;
  version: string;
  /** Paths that its probes ask. */
  probes: readonly string[];
  /** The port that it had before a restart, or 0. */
  port: number;
}

/** All running instances of the demo service, and what is made to go wrong with them. */
export interface DemoPods {
  faults: Faults;
  /** Makes a version misbehave, or behave again: `{ version, errorRate: 0, latencyMs: 0, unhealthy: false }`. */
  setFault(change: FaultChange): Fault;
  /** The versions that misbehave at this moment. */
  listFaults(): Fault[];
  start(pod: PodToRun): Promise<DemoService>;
  /** What a pod has printed; undefined when it does not run here. */
  log(namespace: string, name: string): LogBuffer | undefined;
  /** Ends all of them at once. */
  close(): Promise<void>;
}

/** The Deployment of a pod, which has the name of its service. */
export const serviceOf = (pod: string): string => pod.replace(/-[^-]+-[^-]+$/, '');

/**
 * Holds no pod yet.
 *
 * @param faceOf what the pods of a service answer, by its name.
 */
export function createDemoPods(faceOf: (service: string) => Face = () => classifierFace): DemoPods {
  const faults = createFaults();
  const running = new Map<string, DemoService>();
  return {
    faults,
    setFault: faults.set,
    listFaults: faults.list,
    async start({ namespace, name, version, probes, port }) {
      const key = `${namespace}/${name}`;
      const listener = await startDemoService({ version, face: faceOf(serviceOf(name)), probes, faults, port });
      const forget = (): void => {
        if (running.get(key)?.port === listener.port) running.delete(key);
      };
      const pod: DemoService = {
        ...listener,
        async drain(graceMs) {
          await listener.drain(graceMs);
          forget();
        },
        async close() {
          await listener.close();
          forget();
        },
      };
      running.set(key, pod);
      return pod;
    },
    log: (namespace, name) => running.get(`${namespace}/${name}`)?.log,
    async close() {
      await Promise.all([...running.values()].map((pod) => pod.close()));
    },
  };
}
