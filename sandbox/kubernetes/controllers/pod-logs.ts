import type { DemoPods } from '../../app/demo-pods.ts';
import type { LogLine } from '../../app/log-buffer.ts';
import type { LogProvider, PodLogOptions } from '../pod-log.ts';

/** Answers `kubectl logs` with what the demo service's pods have printed; register it with `setLogProvider`. */
export function createPodLogs(pods: DemoPods): LogProvider {
  return (namespace, name, options) => {
    const log = pods.log(namespace, name);
    if (log === undefined) return undefined;
    const text = (line: LogLine): string => `${options.timestamps ? `${line.at.toISOString()} ` : ''}${line.text}\n`;
    const wanted = chosen(log.lines(), options).map(text);
    return options.follow
      ? followed(wanted, (listener) => log.follow((line) => listener(text(line))), options)
      : wanted;
  };
}

function chosen(lines: readonly LogLine[], { sinceSeconds, sinceTime, tailLines }: PodLogOptions): readonly LogLine[] {
  const since = Math.max(
    sinceSeconds === undefined ? 0 : Date.now() - sinceSeconds * 1000,
    sinceTime === undefined ? 0 : sinceTime.getTime(),
  );
  const recent = lines.filter(({ at }) => at.getTime() >= since);
  return tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - tailLines));
}

async function* followed(
  before: readonly string[],
  subscribe: (listener: (text: string) => void) => () => void,
  { signal }: PodLogOptions,
): AsyncGenerator<string> {
  const waiting = [...before];
  let wake = (): void => {};
  const stop = subscribe((text) => {
    waiting.push(text);
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      yield* waiting.splice(0);
      if (waiting.length > 0 || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stop();
  }
}
