// The least that runs a Node.js handler: length-prefixed messages on a socket pair, an async function between.
// A script on its own: bare_worker.mjs <descriptor>. No limits, no output kept, no identity of calls.
import fs from 'node:fs';
import net from 'node:net';

const handler = async (event) => event;
const descriptor = Number(process.argv[2]);

async function answer(message) {
  const said = JSON.stringify(await handler(JSON.parse(message.toString('utf8', 4))));
  const bytes = Buffer.allocUnsafe(4 + Buffer.byteLength(said));
  bytes.writeUInt32BE(bytes.length - 4, 0);
  bytes.write(said, 4);
  fs.writeSync(descriptor, bytes);
}

new net.Socket({
  fd: descriptor,
  onread: {
    buffer: Buffer.allocUnsafe(65536),
    callback: (size, buffer) => {
      answer(buffer.subarray(0, size));
      return true;
    },
  },
}).on('end', () => process.exit(0)).resume();
