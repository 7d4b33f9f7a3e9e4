/** A virtual display for computers without one. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stop, which } from './tools.mjs';

const COOKIE = 'MIT-MAGIC-COOKIE-1';
const FAMILY_WILD = 0xffff;

/** One entry of an Xauthority file (libXau's format: lengths as 16-bit big-endian) that fits any host and display. */
function authority(cookie) {
  const field = (data) => Buffer.concat([Buffer.from([data.length >> 8, data.length & 0xff]), data]);
  const family = Buffer.from([FAMILY_WILD >> 8, FAMILY_WILD & 0xff]);
  const anywhere = field(Buffer.alloc(0));
  return Buffer.concat([family, anywhere, anywhere, field(Buffer.from(COOKIE)), field(cookie)]);
}

/** Reads the display's number, which Xvfb writes to descriptor 3 once it takes connections. */
function displayNumber(server) {
  return new Promise((resolve, reject) => {
    let number = '';
    let complaints = '';
    server.stderr.on('data', (chunk) => (complaints += chunk));
    server.once('error', (error) => reject(new Stop(`Xvfb could not be started: ${error.message}`)));
    server.once('exit', (code) => reject(new Stop(`Xvfb ended (exit code ${code}): ${complaints.trim()}`)));
    server.stdio[3].on('data', (chunk) => {
      number += chunk;
      if (number.includes('\n')) resolve(number.trim());
    });
  });
}

/**
 * Starts Xvfb on a free display that only its holder can open: the window may show a key.
 * @param {{ width?: number, height?: number }} [size] pixels
 * @returns {Promise<{ display: string, env: { DISPLAY: string, XAUTHORITY: string }, end: () => Promise<void> }>}
 * @throws {Stop} where Xvfb is missing or does not start
 */
export async function startXvfb({ width = 1440, height = 960 } = {}) {
  const program = which('Xvfb');
  if (program === null) throw new Stop('there is no display and no Xvfb. `npm run setup` says how to install it.');
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-display-')); // readable by its owner only
  const file = path.join(folder, 'Xauthority');
  await writeFile(file, authority(randomBytes(16)), { mode: 0o600 });
  // Detached: Ctrl-C in a terminal reaches the app first, and the display goes when the app has gone.
  const server = spawn(
    program,
    ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset', '-auth', file],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], detached: true },
  );
  const kill = () => server.kill('SIGTERM');
  process.once('exit', kill);
  const ended = new Promise((resolve) => server.once('close', resolve));
  const end = async () => {
    process.off('exit', kill);
    kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const display = `:${await displayNumber(server)}`;
    return { display, env: { DISPLAY: display, XAUTHORITY: file }, end };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
