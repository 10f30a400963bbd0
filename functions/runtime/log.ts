import { Logger } from '@aws-lambda-powertools/logger';

/** One line of a function's log. Never holds a token, a signature or a body. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [detail: string]: unknown;
}

export type Log = (line: LogLine) => void;

const logger = new Logger({ serviceName: 'sluice' });

/** Writes a line as structured JSON, with the request's ids where Lambda gives them. */
export const functionLog: Log = ({ level, message, ...details }) => logger[level](message, details);
