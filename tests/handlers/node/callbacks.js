// CommonJS handlers in callback style and with promises, each doing one thing that a worker must survive.
'use strict';
let calls = 0;

exports.echo = (event, context, callback) => callback(null, event);
exports.count = (event, context, callback) => callback(null, { calls: ++calls, pid: process.pid });
exports.raises = () => { throw new TypeError("the handler's own words"); };
exports.fails = (event, context, callback) => callback(new RangeError("the handler's own words"));
exports.failsWithText = (event, context, callback) => callback('only text');
exports.errorThenValue = (event, context, callback) => {
  callback(new Error('denied'));
  callback(null, event);
};
exports.valueThenError = (event, context, callback) => {
  callback(null, 'first');
  callback(new Error('second'));
};
exports.twoValues = (event, context, callback) => {
  callback(null, 'first');
  setTimeout(() => callback(null, 'second'), 10);
};
exports.saysNothing = () => {};
exports.saysLater = (event, context, callback) => { setTimeout(() => callback(null, 'later'), 20); };
exports.promise = (event) => new Promise((resolve) => setTimeout(resolve, 5, { got: event }));
exports.waitsForLoop = (event, context, callback) => {
  setTimeout(() => console.log('after the callback'), 50);
  callback(null, 'waited');
};
exports.doesNotWait = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => {}, 60000);
  callback(null, 'at once');
};
exports.done = (event, context) => context.done(null, 'done');
exports.succeed = (event, context) => context.succeed('succeeded');
exports.fail = (event, context) => context.fail(new Error('failed'));
exports.unserializable = (event, context, callback) => {
  const ring = {};
  ring.ring = ring;
  callback(null, ring);
};
exports.says = (event, context, callback) => {
  console.log('first line');
  console.error('two\nlines %d', 2);
  process.stdout.write('raw\n');
  require('node:child_process').execSync('echo from a child', { stdio: 'inherit' });
  callback(null, null);
};
exports.exits = (event) => process.exit(event.status ?? 3);
exports.killsItself = () => process.kill(process.pid, 'SIGKILL');
exports.loops = () => { for (;;); };
exports.waits = (event, context, callback) => setTimeout(callback, event.seconds * 1000, null, { pid: process.pid });
exports.meets = (event, context, callback) => {
  const there = require('node:net').connect(event.port, '127.0.0.1');
  there.on('data', () => { there.destroy(); callback(null, { pid: process.pid }); });
};
exports.hogs = () => {
  const kept = [];
  for (;;) kept.push(new Array(1000).fill(kept.length));
};
exports.hogsBuffers = (event, context, callback) => {
  const kept = [];
  setInterval(() => kept.push(Buffer.alloc(4 * 1024 * 1024, 1)), 2);
};
exports.printsMuch = (event, context, callback) => {
  const block = `${'x'.repeat(1023)}\n`.repeat(1024);
  for (let i = 0; i < event.megabytes; i++) process.stdout.write(block);
  callback(null, 'done');
};
exports.printsAndExits = () => {
  console.log(`${'y'.repeat(1023)}`.repeat(200));
  process.exit(3);
};
exports.cannotBeTold = (event, context, callback) => callback(Object.create(null));
exports.oddPromise = () => ({ then() { throw new Error('no promise at all'); } });
exports.saysMuchAndThrows = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  callback(null, 'x'.repeat(event.size));
  setTimeout(() => { throw new Error('behind the answer'); }, 1);
};
exports.throwsLater = () => { setTimeout(() => { throw new Error('thrown later'); }, 5); };
exports.rejectsUnseen = (event, context, callback) => {
  Promise.reject(new Error('nobody looks'));
  setTimeout(callback, 50, null, 'too late');
};
exports.context = (event, context, callback) => callback(null, {
  request: context.awsRequestId,
  arn: context.invokedFunctionArn,
  name: context.functionName,
  version: context.functionVersion,
  memory: context.memoryLimitInMB,
  group: context.logGroupName,
  stream: context.logStreamName,
  left: context.getRemainingTimeInMillis(),
  custom: context.clientContext?.custom,
});
exports.environment = (event, context, callback) => callback(null, { variables: process.env, cwd: process.cwd() });
exports.descriptors = (event, context, callback) => {
  const child = require('node:child_process').execSync('ls /proc/self/fd').toString().split(/\s+/);
  callback(null, { child });
};
exports.deep = { inside: { handler: (event, context, callback) => callback(null, 'deep') } };
exports.notAFunction = 'text';
