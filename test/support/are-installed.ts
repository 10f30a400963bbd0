import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether all of these programs are on the PATH. */
export const areInstalled = (...names: string[]): boolean =>
  names.every((name) =>
    (process.env.PATH ?? '').split(delimiter).some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
