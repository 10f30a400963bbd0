// Goes first into each function's package (bundle-functions.ts). `node --enable-source-maps` reads and parses the map of every
// file that it loads, whether or not anything fails: that was a quarter of a cold start. Here a map is read when a stack is.
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';

const folder = import.meta.dirname;
const maps = new Map<string, SourceMap | null>();

/** The map that lies beside a file of this package; null for one that has none. */
function mapOf(file: string): SourceMap | null {
  let map = maps.get(file);
  if (map === undefined) {
    try {
      map = new SourceMap(JSON.parse(readFileSync(join(folder, `${file}.map`), 'utf8')));
    } catch {
      map = null; // A stack that is not translated is better than another error.
    }
    maps.set(file, map);
  }
  return map;
}

const translate = (frame: string): string =>
  frame.replace(
    /file:\/\/[^\s()]*\/([\w.-]+\.mjs):(\d+):(\d+)/,
    (place, file: string, line: string, column: string) => {
      const origin = mapOf(file)?.findOrigin(Number(line), Number(column));
      return origin !== undefined && 'fileName' in origin
        ? `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}`
        : place;
    },
  );

const usual = Error.prepareStackTrace;
Error.prepareStackTrace = (error: Error, frames: NodeJS.CallSite[]): unknown => {
  const stack: unknown = usual?.(error, frames);
  return typeof stack === 'string' ? stack.replace(/^ {4}at .*$/gm, translate) : stack;
};
