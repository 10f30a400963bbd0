import type { z } from 'zod';

/** A rule about several fields: tells what is wrong, or nothing. */
export interface CrossRule<T> {
  /** Dotted paths of the fields it reads. It runs when these are well-formed, whatever else is wrong. */
  needs: readonly string[];
  /**
   * Yields a message and, when it is not `needs[0]`, the path it belongs to. `isSound` says whether a field passed, for rules
   * over lists, whose items are each for themselves sound or not.
   */
  problems(
    value: T,
    isSound: (path: readonly PropertyKey[]) => boolean,
  ): Iterable<{ message: string; path?: readonly (string | number)[] }>;
}

/**
 * Runs every rule whose fields passed, so that all problems come at once. (zod skips a cross-field refinement once any
 * other field failed; hence `when`, and hence the look at the issues so far.)
 */
export const crossRules =
  <T>(rules: readonly CrossRule<T>[]) =>
  (value: T, context: z.RefinementCtx<T>): void => {
    const broken = context.issues
      // an unknown key spoils no other field of its object
      .filter((issue) => issue.code !== 'unrecognized_keys')
      .map((issue) => issue.path ?? []);
    if (broken.some((path) => path.length === 0)) return;
    const isSound = (path: readonly PropertyKey[]) => !broken.some((other) => touches(path, other));
    for (const { needs, problems } of rules) {
      const paths = needs.map((need) => need.split('.'));
      if (!paths.every(isSound)) continue;
      for (const { message, path } of problems(value, isSound)) {
        context.addIssue({ code: 'custom', path: [...(path ?? paths[0] ?? [])], message });
      }
    }
  };

/** Whether one path leads through the other. */
const touches = (path: readonly PropertyKey[], other: readonly PropertyKey[]): boolean =>
  path.slice(0, other.length).every((key, index) => String(key) === String(other[index]));
