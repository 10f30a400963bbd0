import { createServer } from 'node:net';

/** Every listener of the sandbox, and how far its port is from the console's. */
export const portOffsets = {
  console: 0,
  mail: 5,
  traffic: 80,
  previewBlue: 81,
  previewGreen: 82,
  stepfunctions: 83,
  lambda: 84,
  dynamodb: 85,
  eks: 86,
  ecr: 87,
  secretsmanager: 88,
  events: 89,
  github: 90,
  statistics: 91,
  s3: 92,
  sns: 93,
  kms: 94,
  prometheus: 95,
  alertmanager: 96,
  cloudwatch: 97,
  loadbalancing: 98,
  kubernetes: 443,
} as const;

export type Listener = keyof typeof portOffsets;
export type Ports = Readonly<Record<Listener, number>>;

/** A port that somebody else has. */
export class PortInUse extends Error {
  override readonly name = 'PortInUse';
}

/** The ports for a base; base 0 lets the system choose each. @throws {PortInUse} naming all that are taken, and what to pass. */
export async function choosePorts(base: number): Promise<Ports> {
  const names = Object.keys(portOffsets) as Listener[]; // the keys of the table above, which is const
  const ports = Object.fromEntries(names.map((name) => [name, base === 0 ? 0 : base + portOffsets[name]])) as Ports; // one for each key
  if (base === 0) return ports;
  const taken = (await Promise.all(names.map(async (name) => ((await isFree(ports[name])) ? [] : [name])))).flat();
  if (taken.length === 0) return ports;
  const list = taken.map((name) => `${ports[name]} (${name})`).join(', ');
  throw new PortInUse(
    `In use already: port ${list}. Is another sandbox running? Pass --port 0 for free ports, or --port N for N, N+5, N+80 and so on.`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
