import { isObject, type Json } from '../interpreter/json.ts';

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export const small = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** Step Functions writes every field of a request and an answer in PascalCase, whatever the service's API does. */
export function renameKeys(value: Json, rename: (key: string) => string): Json {
  if (Array.isArray(value)) return value.map((element) => renameKeys(element, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [rename(key), renameKeys(member, rename)]));
}

/** AWS's SDK for Java, which Step Functions uses, lets every error's name end so. */
export const exceptionName = (name: string): string => (name.endsWith('Exception') ? name : `${name}Exception`);
