// The floor: a function that is nothing.
export const handler = async () => ({ outcome: 'nothing' });
