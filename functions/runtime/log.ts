import { Logger } from '@aws-lambda-powertools/logger';
import { oneLine } from '../../contracts/one-line.ts';
import type { Log } from '../../pipeline/ports.ts';

const logger = new Logger({ serviceName: 'sluice' });

/** Writes a line as structured JSON, with the request's ids where Lambda gives them. Texts of others are in the message, too. */
export const functionLog: Log = ({ level, message, ...details }) => logger[level](oneLine(message), details);
