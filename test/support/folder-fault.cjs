/**
 * Loaded with `node --require`: calls on files below one folder fail as a bad disk lets them. Each thread counts its own
 * calls, so that a count always means the same call; the chosen one of every thread fails. The plan is JSON in
 * FOLDER_FAULT:
 *
 *   folder  absolute path
 *   at      number of the call, from 1; 0: never
 *   trouble "before" (nothing happens, EIO), "after" (it happens, EIO), "short" (a read or a write does half of it);
 *           "sector": every read fails (EIO), whatever its number
 *   log     file that the failed calls are appended to
 */
'use strict';
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const plan = JSON.parse(process.env.FOLDER_FAULT ?? 'null');
const original = { ...fs };
const promises = { ...fs.promises };

const pathOf = (value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value));
const isConcerned = (value) => pathOf(value).startsWith(plan.folder);

let count = 0;
function hit(words) {
  count += 1;
  if (count !== plan.at) return false;
  original.appendFileSync(plan.log, `${words}\n`);
  return true;
}

const broken = (words) => Object.assign(new Error(`EIO: i/o error, ${words}`), { code: 'EIO', errno: -5 });

/** @param half does half of the call; null for a call that is done whole or not at all */
function around(words, half, call) {
  if (plan.trouble === 'sector') {
    if (words.startsWith('read ')) throw broken(words);
    return call();
  }
  if (plan.trouble === 'short' && half === null) return call();
  if (!hit(words)) return call();
  if (plan.trouble === 'short') return half();
  if (plan.trouble === 'before') throw broken(words);
  const result = call();
  if (typeof result?.then !== 'function') throw broken(words);
  return result.then(() => {
    throw broken(words);
  });
}

/** Half of the bytes that a call is for, at least one of several. */
const halfOf = (length) => (length > 1 ? length >> 1 : length);

function watch(handle, path) {
  for (const name of ['read', 'write']) {
    const call = handle[name].bind(handle);
    handle[name] = async (buffer, offset, length, position) => {
      if (typeof length !== 'number') return await around(`${name} ${path}`, null, () => call(buffer, offset, length));
      const half = () => call(buffer, offset, halfOf(length), position);
      return await around(`${name} ${path}`, half, () => call(buffer, offset, length, position));
    };
  }
  for (const name of ['readFile', 'writeFile', 'sync', 'datasync', 'stat', 'truncate', 'chmod', 'utimes']) {
    const call = handle[name].bind(handle);
    handle[name] = async (...args) => await around(`${name} ${path}`, null, () => call(...args));
  }
  return handle;
}

if (plan !== null) {
  const paths = new Map();
  for (const name of [
    'rename',
    'unlink',
    'mkdir',
    'rm',
    'rmdir',
    'lstat',
    'stat',
    'readdir',
    'readFile',
    'writeFile',
  ]) {
    const sync = `${name}Sync`;
    fs[sync] = (...args) => {
      if (!isConcerned(args[0])) return original[sync](...args);
      return around(`${name} ${pathOf(args[0])}`, null, () => original[sync](...args));
    };
    fs.promises[name] = async (...args) => {
      if (!isConcerned(args[0])) return await promises[name](...args);
      return await around(`${name} ${pathOf(args[0])}`, null, () => promises[name](...args));
    };
  }
  fs.openSync = (...args) => {
    if (!isConcerned(args[0])) return original.openSync(...args);
    const fd = around(`open ${pathOf(args[0])}`, null, () => original.openSync(...args));
    paths.set(fd, pathOf(args[0]));
    return fd;
  };
  fs.closeSync = (fd) => {
    paths.delete(fd);
    original.closeSync(fd);
  };
  fs.fstatSync = (fd, ...rest) => {
    if (!paths.has(fd)) return original.fstatSync(fd, ...rest);
    return around(`fstat ${paths.get(fd)}`, null, () => original.fstatSync(fd, ...rest));
  };
  fs.readSync = (fd, buffer, offset, length, position) => {
    if (!paths.has(fd)) return original.readSync(fd, buffer, offset, length, position);
    const half = () => original.readSync(fd, buffer, offset, halfOf(length), position);
    return around(`read ${paths.get(fd)}`, half, () => original.readSync(fd, buffer, offset, length, position));
  };
  fs.writevSync = (fd, buffers, ...rest) => {
    if (!paths.has(fd)) return original.writevSync(fd, buffers, ...rest);
    const half = () => {
      const first = buffers[0];
      return original.writevSync(fd, [first.subarray(0, halfOf(first.byteLength))], ...rest);
    };
    return around(`write ${paths.get(fd)}`, half, () => original.writevSync(fd, buffers, ...rest));
  };
  fs.promises.open = async (...args) => {
    if (!isConcerned(args[0])) return await promises.open(...args);
    const handle = await around(`open ${pathOf(args[0])}`, null, () => promises.open(...args));
    return watch(handle, pathOf(args[0]));
  };
  syncBuiltinESMExports();
}
