/** One line that a pod printed. */
export interface LogLine {
  at: Date;
  text: string;
}

/** The last lines of one pod, as a container runtime keeps them. */
export interface LogBuffer {
  write(text: string): void;
  lines(): readonly LogLine[];
  /** Calls the listener for each later line (`kubectl logs -f`); returns the way to stop that. */
  follow(listener: (line: LogLine) => void): () => void;
}

/** A ring of at most `capacity` lines. */
export function createLogBuffer(capacity = 1000): LogBuffer {
  let kept: LogLine[] = [];
  const followers = new Set<(line: LogLine) => void>();
  return {
    write(text) {
      const line = { at: new Date(), text };
      kept.push(line);
      // Trimmed in large bites, so that a write costs nothing on average.
      if (kept.length >= capacity * 2) kept = kept.slice(-capacity);
      for (const follower of followers) follower(line);
    },
    lines: () => (kept.length > capacity ? kept.slice(-capacity) : kept),
    follow(listener) {
      followers.add(listener);
      return () => followers.delete(listener);
    },
  };
}
