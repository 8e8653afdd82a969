// The least that runs a Node.js handler: length-prefixed messages on a socket pair, an async function between.
// A script on its own: bare_worker.mjs <descriptor>. No limits, no output kept, no identity of calls.
import net from 'node:net';

const handler = async (event) => event;
const channel = new net.Socket({ fd: Number(process.argv[2]), readable: true, writable: true });

channel.on('data', async (message) => {
  const said = Buffer.from(JSON.stringify(await handler(JSON.parse(message.toString('utf8', 4)))));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(said.length, 0);
  channel.write(Buffer.concat([length, said]));
});
channel.on('end', () => process.exit(0));
