/**
 * Starts busy threads and ends each at a random moment of its work, over and over. Their code is always new to the
 * optimizing compiler and always makes strings, so that a compiler job in the background is allocating as they end.
 *
 * Arguments: seconds that it goes on.
 */
import { startThread } from '../../main/engine/thread.ts';

const BUSY = `
  const { parentPort } = require('node:worker_threads');
  const seen = {};
  let kept = [];
  parentPort.postMessage('busy');
  for (let round = 0; ; round += 1) {
    const lines = Array.from({ length: 60 }, (_, line) =>
      't = "a' + round + '_' + line + '" + "b" + "c' + (round + line) + '"; seen.x = (seen.x | 0) + t.length;');
    const run = new Function('seen', 'n', 'let t; for (let i = 0; i < n; i += 1) {' + lines.join('') + '} return t');
    for (let i = 0; i < 40; i += 1) run(seen, 60);
    kept.push(Array.from({ length: 20_000 }, (_, i) => ({ i })));
    if (kept.length > 40) kept = [];
  }
`;

const until = performance.now() + Number(process.argv[2]) * 1000;
let ended = 0;

async function oneAfterAnother() {
  while (performance.now() < until) {
    const thread = startThread(BUSY, { eval: true });
    await new Promise((resolve) => thread.once('message', resolve));
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
    await thread.terminate();
    ended += 1;
  }
}

await Promise.all([oneAfterAnother(), oneAfterAnother()]);
process.stdout.write(`${ended}\n`);
