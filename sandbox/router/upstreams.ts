import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import type { Endpoint } from './routing-table.ts';

/** Kept-alive connections to the pods, one pool for each. */
export interface Upstreams {
  agent(endpoint: Endpoint): Agent;
  /** Lets go of every pod that is not among these: idle connections now, busy ones after their request. */
  retain(endpoints: readonly Endpoint[]): void;
  close(): void;
}

const name = ({ address, port }: Endpoint): string => `${address}:${port}`;

/** A pool that tells a leaving pod in time: pods close once nobody holds a connection to them. */
export function createUpstreams(): Upstreams {
  const agents = new Map<string, Agent>();
  const retire = (agent: Agent): void => {
    // From here on a connection that becomes idle is not kept.
    agent.maxFreeSockets = 0;
    // Node types the lists as optional values of a dictionary; they hold only sockets.
    for (const sockets of Object.values(agent.freeSockets) as (Socket[] | undefined)[]) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  };
  return {
    agent(endpoint) {
      const known = agents.get(name(endpoint));
      if (known !== undefined) return known;
      const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
      agents.set(name(endpoint), agent);
      return agent;
    },
    retain(endpoints) {
      const wanted = new Set(endpoints.map(name));
      for (const [address, agent] of agents) {
        if (wanted.has(address)) continue;
        agents.delete(address);
        retire(agent);
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}
