// What Lambda does on a cold start: import the handler, call it. `node start.mjs HANDLER EVENT`
const [, , path, event] = process.argv;
const { handler } = await import(path);
await handler(JSON.parse(event), {});
