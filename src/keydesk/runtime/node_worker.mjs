// Runs a Node.js handler: callback style, async functions, CommonJS and ES modules, over the frames of channel.py.
// Reads its channel as a socket on the event loop, never from the thread pool: process.exit would wait for that read.
import fs, { writeSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { format, types } from 'node:util';

const handlerName = process.argv[2];
const descriptor = Number(process.argv[3]);
const environment = process.env;
const root = environment.LAMBDA_TASK_ROOT;
const OF_THE_FUNCTION = {
  functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
  functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
  memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
};
// From nodejs24.x on Lambda knows promises alone: no callback, none of the context's methods that do its work.
const CALLBACKS = Number(/\d+/.exec(environment.AWS_EXECUTION_ENV)) < 24;
const NO_CALLBACKS = 'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. '
  + 'You need to modify this function to use a supported handler signature to use Node.js 24 or later. '
  + 'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';
const NEVER_SETTLED = 'The Lambda runtime client detected an unexpected Node.js exit code. '
  + 'This is most commonly caused by a Promise that was never settled. '
  + 'For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes';
const NO_TOKEN = Buffer.alloc(16);
const NOTHING = Buffer.alloc(0);
const NOBODY_WAKES = new Int32Array(new SharedArrayBuffer(4));
const NEXT = frame('N', NO_TOKEN, '');
const channel = new net.Socket({
  fd: descriptor,
  readable: true,
  writable: true,
  allowHalfOpen: false,
  // All reads into one buffer: what a stream does around each takes longer than most handlers.
  onread: { buffer: Buffer.allocUnsafe(65536), callback: (size, buffer) => arrive(buffer.subarray(0, size)) },
});
const { stdout, stderr } = process;
// else Node keeps what the pipe does not take at once: a flood in memory, and lost when the process exits
for (const stream of [stdout, stderr]) stream._handle?.setBlocking?.(true);

let handler;
let settles; // whether it has to: an async function that never does has failed
let call = null; // the run in progress
let chunks = []; // copies of what has come of a frame that has not come whole
let arrived = 0; // bytes of it

class Fault extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

// ---- frames ----

function frame(verb, token, text, behind = NOTHING) {
  const size = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(21 + size + behind.length);
  bytes.writeUInt32BE(17 + size, 0);
  bytes.write(verb, 4, 'latin1');
  token.copy(bytes, 5);
  bytes.write(text, 21);
  behind.copy(bytes, 21 + size);
  return bytes;
}

function send(bytes, then) {
  if (stdout.writableLength || stderr.writableLength) {
    // what a call printed must be in the pipe before its answer is
    stdout.write('', () => stderr.write('', () => write(bytes, then)));
  } else {
    write(bytes, then);
  }
}

function write(bytes, then) {
  // all of it at once, as Lambda's own runtime does: what a handler left behind may end the process, and cut nothing off
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (error.code !== 'EAGAIN') process.exit(0); // the server is gone
      Atomics.wait(NOBODY_WAKES, 0, 0, 1); // it has not read yet what there is
    }
  }
  then?.();
}

function arrive(data) {
  const whole = gathered(data);
  if (whole) take(whole);
  return true; // read on
}

function gathered(data) {
  if (!chunks.length && isWhole(data, data.length)) return data;
  chunks.push(Buffer.from(data)); // the next read overwrites these bytes
  arrived += data.length;
  if (chunks[0].length < 4) chunks = [Buffer.concat(chunks)];
  if (!isWhole(chunks[0], arrived)) return null;
  const whole = Buffer.concat(chunks);
  chunks = [];
  arrived = 0;
  return whole;
}

function isWhole(start, size) {
  return start.length >= 4 && size >= 4 + start.readUInt32BE(0);
}

function take(whole) {
  const body = 25 + whole.readUInt32BE(21);
  const head = JSON.parse(whole.toString('utf8', 25, body));
  run(Buffer.from(whole.subarray(5, 21)), head, whole.toString('utf8', body));
}

channel.resume();
channel.on('error', () => process.exit(0));
channel.on('close', () => process.exit(0)); // the server is gone, or wants us gone

// ---- one run ----

function run(token, head, payload) {
  const mine = { token, id: head.id, said: false, sent: false, result: undefined };
  call = mine;
  channel.unref(); // so that an empty event loop is noticed, see beforeExit
  try {
    const result = CALLBACKS ? calledBack(mine, head, payload) : handler(JSON.parse(payload), context(head));
    if (typeof result?.then === 'function') {
      result.then((value) => succeed(mine, value), (error) => fail(mine, error ?? 'handled'));
    } else if (!CALLBACKS) {
      succeed(mine, result);
    }
  } catch (error) {
    fail(mine, error);
  }
}

function calledBack(mine, head, payload) {
  const done = (error, value) => (error === undefined || error === null ? succeed(mine, value) : fail(mine, error));
  const about = {
    callbackWaitsForEmptyEventLoop: true,
    succeed: (value) => succeed(mine, value),
    fail: (error) => fail(mine, error ?? 'handled'),
    done,
    ...OF_THE_FUNCTION,
    clientContext: head.context ? JSON.parse(head.context) : undefined,
    identity: undefined,
    invokedFunctionArn: head.arn,
    awsRequestId: head.id,
    getRemainingTimeInMillis: () => Math.max(0, head.deadline - Date.now()),
  };
  return handler(JSON.parse(payload), about, (error, value) => {
    if (mine.said) return; // the first callback wins
    if (error !== undefined && error !== null) return fail(mine, error);
    mine.said = true;
    mine.result = value;
    if (!about.callbackWaitsForEmptyEventLoop) setImmediate(finish, mine);
  });
}

/** That of promises; the other is a literal of its own, because one put together of two costs a third of a call. */
function context(head) {
  return {
    ...OF_THE_FUNCTION,
    clientContext: head.context ? JSON.parse(head.context) : undefined,
    identity: undefined,
    invokedFunctionArn: head.arn,
    awsRequestId: head.id,
    getRemainingTimeInMillis: () => Math.max(0, head.deadline - Date.now()),
  };
}

function succeed(mine, value) {
  if (mine.said) return;
  mine.said = true;
  mine.result = value;
  finish(mine);
}

function finish(mine) {
  let text;
  try {
    text = JSON.stringify(mine.result) ?? 'null';
  } catch {
    mine.said = false;
    return fail(mine, new Error('Unable to stringify response body'));
  }
  reply(mine, 'R', text);
}

function fail(mine, error) {
  if (mine.said) return;
  mine.said = true;
  printError('Invoke Error', error);
  reply(mine, 'E', plain(error));
}

function reply(mine, verb, text) {
  if (mine.sent || call !== mine) return;
  mine.sent = true;
  call = null;
  channel.ref();
  send(frame(verb, mine.token, text, NEXT));
}

process.on('beforeExit', () => {
  // nothing is left to run: a callback's value goes out now; a handler that said nothing gives null, or has failed
  if (!call || call.sent) return;
  if (settles && !call.said) fail(call, new Fault('Runtime.NodeJsExit', NEVER_SETTLED));
  else finish(call);
});

// ---- errors ----

/** What was thrown, as JSON: never nothing, for a denial that gets lost lets somebody in. */
function plain(error) {
  try {
    if (types.isNativeError(error) || error instanceof Error) {
      const trace = String(error.stack).split('\n');
      return JSON.stringify({ errorType: error.name, errorMessage: error.message, trace });
    }
    return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
  } catch (fault) {
    return JSON.stringify({ errorType: 'handled', errorMessage: `What was thrown cannot be told: ${fault}`, trace: [] });
  }
}

function end(title, error, status) {
  printError(title, error);
  const said = plain(error);
  const leave = () => process.exit(status);
  if (!handler) return send(frame('I', NO_TOKEN, said), leave);
  if (!call || call.sent) return leave();
  call.sent = true;
  send(frame('E', call.token, said), leave);
}

process.on('uncaughtException', (error) => end('Uncaught Exception', error, 129));
process.on('unhandledRejection', (reason) => {
  const said = types.isNativeError(reason) ? reason.toString() : String(reason);
  const error = new Fault('Runtime.UnhandledPromiseRejection', said);
  if (reason?.stack) error.stack = `${error.name}: ${said}\n${reason.stack}`;
  end('Unhandled Promise Rejection', error, 128);
});

// ---- console, as Lambda formats it ----

function print(level, ...said) {
  const line = `${new Date().toISOString()}\t${call?.id}\t${level}\t${format(...said)}`;
  stdout.write(line.replace(/\r?\n/g, '\r') + '\n');
}

/** An error with its own members, such as an SDK's code: the log shows more than the answer. */
function printError(title, error) {
  const shown = (_, value) => (value instanceof Error ? {
    errorType: value.name, errorMessage: value.message, code: value.code, ...value, stack: String(value.stack).split('\n'),
  } : value);
  let said = plain(error);
  try {
    if (error instanceof Error) said = JSON.stringify(error, shown);
  } catch {
    // what it holds cannot be told: its name and words are
  }
  print('ERROR', `${title} \t${said}`);
}

for (const [name, level] of Object.entries({
  log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR', trace: 'TRACE',
})) {
  console[name] = (...said) => print(level, ...said);
}

// ---- loading ----

function nearestType(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type;
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') return undefined;
    }
    if (folder === root || folder === path.dirname(folder)) return undefined;
  }
}

async function load(file) {
  if (file.endsWith('.mjs') || (!file.endsWith('.cjs') && nearestType(file) === 'module')) {
    return import(pathToFileURL(file).href);
  }
  const require = createRequire(path.join(root, 'package.json'));
  try {
    return require(file);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM' && error.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return import(pathToFileURL(file).href);
  }
}

function misspelt(error, file) {
  const fault = new Fault('Runtime.UserCodeSyntaxError', String(error));
  // The error of an ES module does not say in which file it is; Node does, to a process that ends with it. To load the
  // module again does no harm: none of a graph of modules runs before all of it is compiled.
  const again = ['--input-type=module', '--eval', `import ${JSON.stringify(pathToFileURL(file).href)}`];
  const where = error.stack.startsWith('SyntaxError') && !error.stack.includes(root)
    ? spawnSync(process.execPath, again, { encoding: 'utf8' }).stderr : error.stack;
  fault.stack = `${fault.name}: ${error}\n${where.split('\n\n')[0]}`;
  return fault;
}

async function find() {
  const parts = /^([^.]*)\.(.+)$/.exec(path.basename(handlerName));
  if (handlerName.includes('..')) {
    throw new Fault('Runtime.MalformedHandlerName', `'${handlerName}' is not a valid handler name.`);
  }
  if (!parts) throw new Fault('Runtime.MalformedHandlerName', 'Bad handler');
  const stem = path.resolve(root, path.dirname(handlerName), parts[1]);
  const file = ['', '.js', '.mjs', '.cjs'].map((end) => stem + end)
    .find((name) => fs.statSync(name, { throwIfNoEntry: false })?.isFile());
  let module;
  try {
    module = await load(file ?? createRequire(path.join(root, 'package.json')).resolve(stem));
  } catch (error) {
    if (error instanceof SyntaxError) throw misspelt(error, file);
    if (['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error?.code)) {
      throw new Fault('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
  const walk = (from) => parts[2].split('.').reduce((inside, name) => inside?.[name], from);
  const found = walk(module) ?? walk(module.default);
  if (!found) throw new Fault('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  if (typeof found !== 'function') throw new Fault('Runtime.HandlerNotFound', `${handlerName} is not a function`);
  if (!CALLBACKS && found.length > 2) throw new Fault('Runtime.CallbackHandlerDeprecated', NO_CALLBACKS);
  return found;
}

channel.unref(); // a module that never finishes loading ends the process, it does not hang
find().then((found) => {
  handler = found;
  settles = !CALLBACKS || found.constructor?.name === 'AsyncFunction';
  channel.ref();
  send(NEXT);
}, (error) => end('Uncaught Exception', error, 1));
