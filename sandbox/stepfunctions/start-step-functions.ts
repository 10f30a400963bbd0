import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenOnLoopback } from '../aws/listener.ts';
import type { JournalProblem } from '../journal/journal.ts';
import type { ActionContext } from './api/action.ts';
import { handleRequest } from './api/handle-request.ts';
import { type Clock, systemClock } from './clock.ts';
import { createIntegrations } from './integrations/create-integrations.ts';
import { Engine } from './journal/engine.ts';
import type { StatusChangeEvent } from './journal/status-change.ts';
import { openStore } from './journal/store.ts';
import { taskToken } from './journal/task-token.ts';

export interface StepFunctionsOptions {
  /** 0 picks a free one. */
  port: number;
  /** 127.0.0.1 unless told otherwise. */
  host?: string;
  /** The journal `stepfunctions.journal` lives here. */
  dataDir: string;
  region: string;
  accountId: string;
  /** Whether acknowledged work also survives a power cut (about 0.4 ms a step), not only `kill -9`. */
  sync?: boolean;
  clock?: Clock;
  /** Where the services are that tasks use, by name: `lambda`, `dynamodb`, `events`, … */
  endpoints: Readonly<Record<string, string | undefined>>;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Told of each change of status in EventBridge's words; of the last one at least once, also across a crash. */
  onStatusChange(event: StatusChangeEvent): void | Promise<void>;
  /** Told of what should never happen: a disk that refuses, a fault in the engine. */
  onFault?(fault: unknown): void;
  /** Age in ms at which a finished execution's history leaves the journal for a file of its own; an hour by default. */
  compactAfterMs?: number;
  /** Superfluous records after which the journal is compacted; 5,000 by default. */
  compactAfterRecords?: number;
}

export interface StepFunctions {
  /** `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL_SFN`. */
  endpoint: string;
  /** Damage found in the journal. */
  problems: JournalProblem[];
  close(): Promise<void>;
}

/** Starts the Step Functions engine: executions under way are taken up where they were. */
export async function startStepFunctions(options: StepFunctionsOptions): Promise<StepFunctions> {
  const { region, accountId, endpoints, credentials, clock = systemClock, host = '127.0.0.1' } = options;
  const onFault = options.onFault ?? ((fault) => process.emitWarning(`Step Functions: ${String(fault)}`));
  const { compactAfterRecords } = options;
  const store = await openStore(options.dataDir, {
    sync: options.sync ?? false,
    ...(compactAfterRecords === undefined ? {} : { compactAfterRecords }),
  });
  const integrations = createIntegrations({ endpoints, region, credentials, context: () => context });
  const engine = new Engine({
    store,
    clock,
    region,
    accountId,
    ids: { uuid: randomUUID, random: Math.random, taskToken: (arn) => taskToken(arn, randomUUID()) },
    call: integrations.call,
    onStatusChange: options.onStatusChange,
    onFault,
  });
  const context: ActionContext = { engine, region, accountId };
  const handle = handleRequest(context, onFault);
  const server = createServer((request, response) => void handle(request, response));
  server.keepAliveTimeout = 60_000;
  await listenOnLoopback(server, options.port);
  engine.resume();
  const compactAfterMs = options.compactAfterMs ?? 3_600_000;
  let cancelTidying = () => {};
  const tidyLater = () => {
    cancelTidying = clock.setTimer(clock.now() + Math.max(1000, compactAfterMs), () => {
      const now = clock.now();
      void store
        .tidy(now, now - compactAfterMs)
        .catch(onFault)
        .then(() => closing || tidyLater());
    });
  };
  let closing = false;
  tidyLater();
  const warming = setTimeout(() => void (endpoints.lambda && integrations.warm().catch(onFault)), 250);
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    endpoint: `http://${host}:${port}`,
    problems: store.problems,
    async close() {
      closing = true;
      cancelTidying();
      clearTimeout(warming);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await engine.close();
      await closed;
    },
  };
}
