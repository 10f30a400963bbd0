/** What the `sluice` command exits with; a script may rely on these. */
export const exitCodes = {
  /** What was wanted is done. */
  done: 0,
  /** Sluice itself failed: a bug, or an answer that makes no sense. */
  failed: 1,
  /** Wrong words on the command line, a wrong name, an invalid sluice.yaml. */
  usage: 2,
  /** A rule refused it, and nothing was changed; the rule's name is on stderr. */
  refused: 3,
  /** The operation, or the check, ended otherwise than wanted. */
  otherwise: 4,
  /** Sluice, or what it needs, did not answer. */
  unreachable: 5,
  /** A person interrupted the waiting (128 + SIGINT); the operation goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What a person sees instead of a result: what failed, and what to do. Never holds a token or a secret. */
export class CliError extends Error {
  override readonly name: string;
  readonly exitCode: ExitCode;
  /** What to do about it; printed on a line of its own. */
  readonly advice: string | null;

  constructor(name: string, exitCode: ExitCode, message: string, advice: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.exitCode = exitCode;
    this.advice = advice;
  }
}

/** The person asked for something that cannot be understood or does not exist. */
export const usageError = (message: string, advice: string | null = null): CliError =>
  new CliError('Usage', exitCodes.usage, message, advice);

/** `rule` is the stable name by which Sluice refuses, as in contracts/errors.ts, or a word of codes.ts. */
export const refusedBy = (rule: string, message: string, advice: string | null = null): CliError =>
  new CliError(rule, exitCodes.refused, message, advice);

/** `name` is how it ended, e.g. an operation's outcome. */
export const endedAs = (name: string, message: string, advice: string | null = null): CliError =>
  new CliError(name, exitCodes.otherwise, message, advice);

export const unreachable = (message: string, advice: string | null, cause?: unknown): CliError =>
  new CliError('Unreachable', exitCodes.unreachable, message, advice, { cause });

/** An error as lines for stderr, the first of them with the name that a script can look for. */
export function describeError(error: unknown): string {
  if (!(error instanceof CliError)) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return `sluice: ${text}\n  This is a bug of sluice itself. SLUICE_DEBUG=1 shows where it happened.\n`;
  }
  const advice = error.advice === null ? '' : `  ${error.advice.replaceAll('\n', '\n  ')}\n`;
  return `sluice: ${error.name}: ${error.message}\n${advice}`;
}
