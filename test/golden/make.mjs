/**
 * Makes the golden repository of a released version: `node test/golden/make.mjs v1`, after a build. What it made is
 * committed and never made again: every later version opens, verifies, restores and extends it (golden.test.ts). The key
 * beside it is for this test alone.
 *
 *   v1/repo           the repository: one computer, two snapshots
 *   v1/KEY.txt        its 64 digits
 *   v1/expected.json  its client id, the sources' folder, and what each snapshot gives back, by path below that folder
 */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

const out = path.join(import.meta.dirname, process.argv[2] ?? 'v1');
if (fs.existsSync(out)) throw new Error(`${out} is there: a golden repository is made once`);
const work = path.join(tmpdir(), 'holdfast-golden');
const files = path.join(work, 'files');
fs.rmSync(work, { recursive: true, force: true });
fs.mkdirSync(files, { recursive: true });

const noise = (seed, length) =>
  createCipheriv('aes-128-ctr', createHash('md5').update(seed).digest(), Buffer.alloc(16)).update(Buffer.alloc(length));
const at = (name) => Buffer.concat([Buffer.from(`${files}/`), Buffer.from(name)]);

function write(name, content, mode = 0o644) {
  fs.writeFileSync(at(name), content);
  fs.chmodSync(at(name), mode);
}
/** Times that do not depend on when this runs; folders last, since what is made in them changes theirs. */
function settle(folder, seconds) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const here = Buffer.concat([Buffer.from(folder), Buffer.from('/'), entry.name]);
    if (entry.isDirectory()) settle(here, seconds);
    else fs.lutimesSync(here, seconds, seconds);
  }
  fs.utimesSync(folder, seconds, seconds);
}

for (const folder of ['deep', 'deep/deeper', 'empty folder']) fs.mkdirSync(at(folder));
write('letter.txt', 'Dear Anna,\n'.repeat(200));
write('empty', '');
write('deep/secret', 'only mine\n', 0o600);
write('deep/deeper/noise', noise('noise', 9000));
write('deep/ünïcode 名前', 'a name in UTF-8\n');
write(Buffer.from([0x6c, 0x61, 0x74, 0xe9]), 'a name that is not UTF-8\n');
fs.symlinkSync('deep/secret', at('link'));
settle(files, 1_000_000_000.25);

const engine = new Worker(new URL('../../dist/engine-host.js', import.meta.url));
let calls = 0;
const run = (verb, input) =>
  new Promise((resolve, reject) => {
    const id = ++calls;
    engine.on('message', (message) => {
      if (message.id !== id || message.type === 'event') return;
      if (message.type === 'result') resolve(message.output);
      else reject(new Error(`${verb}: ${message.error.message} ${message.error.detail ?? ''}`));
    });
    engine.postMessage({ id, verb, input, control: new SharedArrayBuffer(4) });
  });

/** Everything below the sources, as a restore has to give it back. */
function state() {
  const found = {};
  const visit = (folder, shown) => {
    for (const name of fs.readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)) {
      const here = Buffer.concat([Buffer.from(folder), Buffer.from('/'), name]);
      const key = `${shown}${shown === '' ? '' : '/'}${name.toString('latin1')}`;
      const stat = fs.lstatSync(here, { bigint: true });
      const facts = { mode: Number(stat.mode), mtimeNs: stat.mtimeNs.toString() };
      if (stat.isDirectory()) {
        found[key] = facts;
        visit(here, key);
      } else if (stat.isSymbolicLink()) found[key] = { ...facts, target: fs.readlinkSync(here) };
      else {
        const sha256 = createHash('sha256').update(fs.readFileSync(here)).digest('hex');
        found[key] = { ...facts, size: Number(stat.size), sha256 };
      }
    }
  };
  visit(files, '');
  return found;
}

const destination = { kind: 'local', path: path.join(out, 'repo') };
const rootKey = new Uint8Array(randomBytes(32));
const { repoId } = await run('create', { destination, rootKey });
const enrolled = await run('enrol', { destination, rootKey });
const backup = async () => {
  const { snapshotId } = await run('backup', {
    destination,
    access: {
      kind: 'capability',
      capability: enrolled.capability,
      readerPublicKey: enrolled.readerPublicKey,
    },
    stateFolder: path.join(work, 'state'),
    sources: [files],
    excludes: [],
    computerName: 'golden',
  });
  return { id: snapshotId, entries: state() };
};
const snapshots = [await backup()];
write('letter.txt', 'Dear Berta,\n'.repeat(200));
write('deep/later', noise('later', 3000));
fs.rmSync(at('empty'));
settle(files, 1_100_000_000.5);
snapshots.push(await backup());
await engine.terminate();
fs.rmSync(path.join(out, 'repo/tmp'), { recursive: true, force: true });
fs.writeFileSync(
  path.join(out, 'expected.json'),
  `${JSON.stringify({ repoId, clientId: enrolled.clientId, sources: files, snapshots }, null, 2)}\n`,
);
const digits = Buffer.from(rootKey).toString('hex').toUpperCase();
fs.writeFileSync(path.join(out, 'KEY.txt'), `${digits.match(/.{4}/g).join(' ')}\n`);
fs.rmSync(work, { recursive: true });
