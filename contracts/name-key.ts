/**
 * A mail address, login or sign-in name as it is compared: the ASCII letters in lower case, everything else as it is. GitHub logins and
 * mail addresses know no other case, and a wider folding would take two people for one: in Unicode the Kelvin sign becomes a `k`.
 */
export const nameKey = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** The mailbox of an address: what follows a `+` in it is its owner's to choose. */
export const mailboxKey = (address: string): string => nameKey(address).replace(/\+[^@]*(?=@)/, '');

/** Whether both are the same name. */
export const isSameName = (a: string, b: string): boolean => nameKey(a) === nameKey(b);
