/**
 * Loaded with `node --require`: the process dies by SIGKILL at one chosen call that changes the file system. Calls are
 * counted in each thread by itself, so that a count always means the same call. The plan is JSON in CRASH_PLAN:
 *
 *   match   regular expression over the call's words, e.g. "rename .* repo.json"; other calls are not counted
 *   thread  0 for the main thread, 1 for the first worker, and so on; "any": each counts by itself, the first one dies
 *   at      number of the call, from 1; 0: never
 *   when    "before", "after", or "middle" (half of what a write was to write is written)
 *   log     file that the counted calls are appended to
 *   clockMs added to the time of day, 0 where it is not given
 */
'use strict';
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { threadId } = require('node:worker_threads');

const plan = JSON.parse(process.env.CRASH_PLAN ?? 'null');
if (plan?.clockMs) {
  const now = Date.now;
  Date.now = () => now() + plan.clockMs;
}
const original = { ...fs };
const promises = { ...fs.promises };

let count = 0;
function counted(words) {
  if (!new RegExp(plan.match).test(words)) return false;
  count += 1;
  if (plan.log) original.appendFileSync(plan.log, `${words}\n`);
  return count === plan.at;
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** Half of the bytes that a write was given, to where they were to go. */
function writeHalf(fd, buffers) {
  const all = Buffer.concat(
    buffers.map((b) => (typeof b === 'string' ? Buffer.from(b) : Buffer.from(b.buffer, b.byteOffset, b.byteLength))),
  );
  original.writeSync(fd, all.subarray(0, all.length >> 1));
}

/** `half` writes half; null where a call cannot be cut in two. */
function around(words, half, call) {
  if (!counted(words)) return call();
  if (plan.when === 'middle' && half !== null) half();
  if (plan.when !== 'after') die();
  const result = call();
  if (typeof result?.then === 'function') return result.then(die);
  die();
}

const pathOf = (value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value));
const writes = (flags) => (typeof flags === 'number' ? (flags & 3) !== 0 : /[wa+x]/.test(flags ?? 'r'));

if (plan !== null && (plan.thread === 'any' || threadId === plan.thread)) {
  const paths = new Map();
  for (const name of ['renameSync', 'unlinkSync', 'mkdirSync', 'rmSync', 'rmdirSync']) {
    const words = name.replace('Sync', '');
    fs[name] = (...args) =>
      around(`${words} ${pathOf(args[0])} ${words === 'rename' ? pathOf(args[1]) : ''}`, null, () =>
        original[name](...args),
      );
    fs.promises[words] = (...args) =>
      around(`${words} ${pathOf(args[0])} ${words === 'rename' ? pathOf(args[1]) : ''}`, null, () =>
        promises[words](...args),
      );
  }
  fs.openSync = (...args) => {
    const open = () => original.openSync(...args);
    const fd = writes(args[1]) ? around(`open ${pathOf(args[0])}`, null, open) : open();
    paths.set(fd, pathOf(args[0]));
    return fd;
  };
  fs.writevSync = (fd, buffers, ...rest) =>
    around(
      `write ${paths.get(fd)}`,
      () => writeHalf(fd, buffers),
      () => original.writevSync(fd, buffers, ...rest),
    );
  fs.promises.writeFile = (path, data, ...rest) => {
    const half = () => writeHalf(original.openSync(path, 'w'), [data]);
    return around(`write ${pathOf(path)}`, half, () => promises.writeFile(path, data, ...rest));
  };
  fs.promises.open = async (...args) => {
    const open = () => promises.open(...args);
    const handle = await (writes(args[1]) ? around(`open ${pathOf(args[0])}`, null, open) : open());
    const own = (name) => handle[name].bind(handle);
    const path = pathOf(args[0]);
    for (const [name, words] of [
      ['write', 'write'],
      ['writeFile', 'write'],
      ['sync', 'sync'],
      ['chmod', 'chmod'],
    ]) {
      const call = own(name);
      handle[name] = (...given) => {
        const part =
          name === 'write' && typeof given[1] === 'number'
            ? given[0].subarray(given[1], given[1] + given[2])
            : given[0];
        const half = words === 'write' ? () => writeHalf(handle.fd, [part]) : null;
        return around(`${words} ${path}`, half, () => call(...given));
      };
    }
    return handle;
  };
  syncBuiltinESMExports();
}
