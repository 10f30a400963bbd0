// What Lambda does on a cold start: import the handler, call it. Between the two it waits to be told, so that it can be given less processor.
const [, , path, event] = process.argv;
/** Of this process so far, in ms. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const { handler } = await import(path);
process.once('message', async () => {
  try {
    const answer = await handler(JSON.parse(event), {});
    process.send({ cpu: cpu(), answer });
  } catch (error) {
    process.send({ cpu: cpu(), error: String(error?.stack ?? error) });
  }
});
process.send({ cpu: cpu() });
