/*
 * restore.mjs: gets your files out of a Holdfast backup when there is no Holdfast any more.
 *
 * You need this file, your 64 digits (the key kit), the folder with the backup, and Node.js 20 or newer from
 * https://nodejs.org; no network. Type the 64 digits into a text file, say KEY.txt, then:
 *
 *     node restore.mjs --repo BACKUP-FOLDER --key-file KEY.txt                         lists the snapshots
 *     node restore.mjs --repo BACKUP-FOLDER --key-file KEY.txt --target NEW-FOLDER     restores the newest complete one
 *     ... --snapshot ID                                                                restores another
 *
 * Each file comes to its full old path below NEW-FOLDER, which must be new or empty; the backup is only read. Modes and
 * times (to the microsecond) come back, owners where you are root, holes, and several names of one file; extended
 * attributes, ACLs, flags and birth times do not; pipes, sockets and devices are listed, not made. Every byte is proven to be what was backed up; what is damaged is listed,
 * the rest restored. Exit codes: 0 all restored, 1 nothing (more) could be done, 3 done, but for what was listed.
 *
 * A second implementation of FORMAT.md ("Repository format, version 1"), made from that page alone. A blob is a piece
 * of a file or the list of a folder, named by a keyed hash of its contents; a pack holds blocks of blobs and, at its
 * end, the table of them.
 */
import { isUtf8 } from 'node:buffer';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import vm from 'node:vm';
import zlib from 'node:zlib';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { decompress } from 'fzstd';

const USAGE = 'Usage: node restore.mjs --repo DIR --key-file FILE [--target DIR] [--snapshot ID]';
const SUITES = [1, 2];
const WINDOWS = process.platform === 'win32';
const ROOT = process.getuid?.() === 0;

/** Ends the program with a sentence for the person. Any other error concerns one file or object, and the rest goes on. */
class Stop extends Error {}

/** Throws unless what a sound backup always fulfils is fulfilled. */
function must(fulfilled, otherwise) {
  if (!fulfilled) throw new Error(otherwise);
}

/** What `action` gives, or null where it fails. */
function tried(action) {
  try {
    return action();
  } catch {
    return null;
  }
}

// ---- Hashes and keys ----

const bytesOf = (text) => Buffer.from(text);
const sha256 = (...parts) => crypto.createHash('sha256').update(Buffer.concat(parts)).digest();
const hmac = (key, ...parts) => crypto.createHmac('sha256', key).update(Buffer.concat(parts)).digest();
const extract = (salt, ikm) => hmac(salt, ikm); // HKDF, RFC 5869
const expand = (prk, text, info) => hmac(prk, bytesOf(text), info, Buffer.of(1)); // its first block: 32 bytes
/** True where this is the id of a blob, in suite 1 or else 2: nobody without the key can make one that fits in either. */
const names = (key, kind, bytes, id) =>
  hmac(key, kind, bytes).equals(id) || id.equals(blake3(bytes, { key: derive(key, 'blob-kind', kind) }));
const u32 = (number) => Buffer.from(number.toString(16).padStart(8, '0'), 'hex');
const derive = (root, label, client = Buffer.of()) => expand(root, `holdfast/v1/${label}\0`, client);

/** Keys of Ed25519 (0x70) and X25519 (0x6e) from 32 raw bytes, by the DER that goes in front of them. */
function keyFrom(create, type, der, raw) {
  return create({ key: Buffer.concat([Buffer.from(der, 'hex'), raw]), format: 'der', type });
}
const secretKey = (id, seed) => keyFrom(crypto.createPrivateKey, 'pkcs8', `302e020100300506032b65${id}04220420`, seed);
const publicKey = (id, raw) => keyFrom(crypto.createPublicKey, 'spki', `302a300506032b65${id}032100`, raw);
const rawPublic = (key) => crypto.createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);

/** X-Wing (draft-connolly-cfrg-xwing-kem-10): ML-KEM-768 and X25519 from one seed. Gives the function that opens. */
function xwing(seed) {
  const wide = crypto.createHash('shake256', { outputLength: 96 }).update(seed).digest();
  const lattice = ml_kem768.keygen(wide.subarray(0, 64)).secretKey;
  const curve = secretKey('6e', wide.subarray(64));
  return (ciphertext) => {
    const [first, point] = [ciphertext.subarray(0, 1088), ciphertext.subarray(1088)];
    const shared = crypto.diffieHellman({ privateKey: curve, publicKey: publicKey('6e', point) });
    const parts = [ml_kem768.decapsulate(first, lattice), shared, point, rawPublic(curve), bytesOf('\\.//^\\')];
    return crypto.createHash('sha3-256').update(Buffer.concat(parts)).digest();
  };
}

/** The 64 digits of a text: in any grouping, with or without the kit's row letters and checks; or its QR code's text. */
function readKey(text) {
  const qr = /HOLDFAST:KEY:V(\d+):([0-9A-F]{32}):([0-9A-F]{64})/i.exec(text);
  if (qr && qr[1] !== '1') throw new Stop('This key was made by a newer version of Holdfast. Use its restore.mjs.');
  if (qr) return { rootKey: Buffer.from(qr[3], 'hex'), keyOf: qr[2].toLowerCase() };
  const plain = text.toUpperCase().replace(/\b[GHJKMNP-TV-Z]{2}\b/g, ''); // row checks are no digits
  const [all, bare] = [plain, plain.replace(/^\W*[A-D]\b/gm, '')].map((rows) => rows.replace(/[^0-9A-Z]/g, ''));
  const typed = all.length === 64 ? all : bare;
  const digits = typed.replaceAll('O', '0').replace(/[IL]/g, '1');
  if (digits !== typed) note('the letters O, I and L in the key file were read as the digits 0 and 1.');
  if (/^[0-9A-F]{64}$/.test(digits)) return { rootKey: Buffer.from(digits, 'hex'), keyOf: null };
  throw new Stop(`The key file must hold 64 digits, 0 to 9 and A to F, and no other text. It holds ${digits.length}.`);
}

/** CBOR (RFC 8949, section 4.2; all else is damage). Maps become Maps, byte strings Buffers. */
function cbor(bytes) {
  let at = 0;
  const take = (count) => {
    must(count <= bytes.length - at, 'a record is cut short');
    return bytes.subarray(at, (at += count));
  };
  const item = () => {
    const [first] = take(1);
    const [major, info] = [first >> 5, first & 31];
    if (first >= 0xf4 && first <= 0xf6) return [false, true, null][first - 0xf4];
    must(major < 6 && info < 28, 'a record is not of the format');
    const width = info < 24 ? 0 : 1 << (info - 24);
    const value = width === 0 ? info : Number(`0x${take(width).toString('hex')}`);
    const least = width === 0 ? 0 : [24, 2 ** 8, 2 ** 16, 2 ** 32][info - 24];
    must(Number.isSafeInteger(value) && value >= least, 'a number is not of the format');
    if (major < 2) return major === 0 ? value : -1 - value;
    if (major === 2) return take(value);
    if (major === 3) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(take(value));
    must(value <= bytes.length - at, 'a record is cut short');
    if (major === 4) return Array.from({ length: value }, () => item());
    const map = new Map();
    for (let last = null; map.size < value;) {
      const [start, key] = [at, item()];
      const encoded = bytes.subarray(start, at);
      must(last === null || Buffer.compare(last, encoded) < 0, 'the keys of a record are not in order');
      last = encoded;
      map.set(key, item());
    }
    return map;
  };
  const value = item();
  must(at === bytes.length, 'a record is followed by something');
  return value;
}

const script = new vm.Script('globalThis.holdfastUnzip()');

/** A zstd frame of `rawLength` bytes, by Node's own zstd (22.15 and newer), else by fzstd. */
function unzstd(frame, rawLength) {
  if (zlib.zstdDecompressSync) return zlib.zstdDecompressSync(frame, { maxOutputLength: rawLength });
  // fzstd can loop for ever on a frame made to do so; what vm runs can be stopped.
  const raw = Buffer.alloc(rawLength);
  globalThis.holdfastUnzip = () => decompress(frame, raw).length;
  script.runInThisContext({ timeout: 60_000 });
  return raw;
}

// ---- Envelopes: the beginning of every pack, index segment and snapshot ----

/** Opens a header: proves that the backup's keys made it, and gives those of this object: of a data pack, all that may fit. */
function openHeader(keys, room, client, bytes) {
  const size = room === 'p' ? 1232 : 112;
  const header = bytes.subarray(0, size);
  must(header.length === size && header.latin1Slice(0, 8) === 'HOLDFAST', 'its beginning is damaged');
  must(header[8] === 1 && SUITES.includes(header[9]), 'it is of a newer version, or its beginning is damaged');
  const [kind, owner] = [Buffer.of({ p: 1, m: 2, i: 3, s: 4 }[room], room === 'p' ? 1 : 0), [keys.repoId, client]];
  must(header.subarray(10, 12).equals(kind), 'it is not what its place says');
  must(header.subarray(16, 48).equals(Buffer.concat(owner)), 'it is of another backup or computer');
  // Hardly ever more than one: two computers may have renewed the keys at the same time, each with this number.
  const epochs = keys.epochs.filter(({ number }) => number === header.readUInt32BE(12));
  must(epochs.length > 0, 'its key is in no intact keyring');
  const [salt, ciphertext] = [header.subarray(48, 80), header.subarray(112)];
  const h = sha256(header.subarray(0, 80), ciphertext);
  const aad = sha256(header);
  // Computers that wrote it one after the other have keys of their own; a data pack's table tells which one it was.
  const writers = Array.from({ length: 1 + (keys.adopted.get(client.toString('hex'))?.times ?? 0) }, (_, n) => n);
  const found = epochs.flatMap((epoch) => writers.map((writer) => ({ epoch, writer })));
  const fitting = found.flatMap(({ epoch, writer }) => {
    const metaKey = derive(epoch.root, 'meta', writer === 0 ? client : Buffer.concat([client, u32(writer)]));
    if (room === 'p') epoch.open ??= xwing(epoch.readerSeed);
    const prk = extract(salt, room === 'p' ? epoch.open(ciphertext) : metaKey);
    if (!expand(prk, 'holdfast/v1/commit', h).equals(header.subarray(80, 112))) return [];
    const tableKey = expand(extract(salt, metaKey), 'holdfast/v1/table', aad);
    return [{ size, aad, key: expand(prk, 'holdfast/v1/key', h), tableKey, writer }];
  });
  must(fitting.length > 0, 'its beginning is damaged');
  return fitting;
}

/** Opens segment `index` of an object: AES-256-GCM, its tag last. */
function openSegment(key, aad, index, last, sealed) {
  must(sealed.length >= 16, 'it is cut short');
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce[11] = last ? 1 : 0;
  const cipher = crypto.createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  const plain = cipher.setAAD(aad).setAuthTag(sealed.subarray(-16)).update(sealed.subarray(0, -16));
  const proven = tried(() => cipher.final()) !== null;
  must(proven, 'its bytes are not those that were stored');
  return plain;
}

/** The record in a snapshot or an index segment. */
function readRecord(keys, room, client, object) {
  const bytes = readWhole(object);
  const [{ size, key, aad, writer }] = openHeader(keys, room, client, bytes);
  const parts = [];
  for (let at = size; at < bytes.length; at += 262160) {
    const [sealed, last] = [bytes.subarray(at, at + 262160), at + 262160 >= bytes.length];
    parts.push(openSegment(key, aad, parts.length, last, sealed));
  }
  const plain = Buffer.concat(parts);
  const end = 8 + Number(plain.readBigUInt64BE());
  must(end <= plain.length, 'its length is not of the format'); // zeros follow
  return Object.assign(cbor(plain.subarray(8, end)), { writer });
}

// ---- The folder ----

/** Names in a folder of the backup; none where there is no such folder. */
function namesIn(folder) {
  try {
    return fs.readdirSync(folder).sort();
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') note(`${folder} cannot be read: ${error.message}`);
    return [];
  }
}

/** The objects in a room: `ab/ab12…` in a local folder; without `ab/` where they were copied from another storage. */
function objectsIn(folder, shard = '') {
  return namesIn(folder).flatMap((name) => {
    if (/^[0-9a-f]{64}$/.test(name) && name.startsWith(shard)) return [{ name, file: path.join(folder, name) }];
    return shard === '' && /^[0-9a-f]{2}$/.test(name) ? objectsIn(path.join(folder, name), name) : [];
  });
}

/** Opens a file or folder for the time of `action`. */
function withFile(file, flags, action) {
  const fd = fs.openSync(file, flags, 0o600);
  try {
    return action(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function readAt(fd, offset, length) {
  const bytes = Buffer.alloc(length);
  must(fs.readSync(fd, bytes, 0, length, offset) === length, 'its file is cut short');
  return bytes;
}

/** A small object whole; its name is the SHA-256 of its bytes. */
function readWhole({ name, file }) {
  const bytes = fs.readFileSync(file);
  must(sha256(bytes).toString('hex') === name, 'its bytes are not those that were stored');
  return bytes;
}

/** What `read` gives for each of `items`; those that are damaged are noted and left out. */
function intact(items, what, read) {
  const sound = [];
  for (const item of items) {
    try {
      sound.push(read(item));
    } catch (error) {
      note(`the ${what} ${item.file} is damaged: ${error.message}`);
    }
  }
  return sound;
}

/** A copy of repo.json; its signature is checked when the key is known. */
function readCopy({ file }) {
  const bytes = fs.readFileSync(file);
  const json = JSON.parse(bytes.toString());
  const payload = Buffer.from(json.payload, 'base64');
  const facts = cbor(payload);
  must(facts.get('magic') === 'holdfast-repository' && facts.get('repoId').length === 16, 'it is not of the format');
  const signed = Buffer.concat([bytesOf('holdfast/v1/repo\0'), payload]);
  return { facts, signed, signature: Buffer.from(json.signature, 'base64'), hash: sha256(bytes) };
}

/** The epochs in a keyring. */
function openKeyring(ring, prk) {
  must(ring.toString('latin1', 0, 8) === 'HOLDKEYR' && ring[8] === 1, 'it is not of the format');
  const cipher = xchacha20poly1305(derive(prk, 'keyring'), ring.subarray(25, 49), ring.subarray(0, 49));
  const record = cbor(Buffer.from(cipher.decrypt(ring.subarray(49))));
  must(record.get(1).equals(ring.subarray(9, 25)), 'it is not of the format');
  return record.get(2).map(([number, , root, readerSeed]) => ({ number, root, readerSeed }));
}

/** How often each computer's backups were taken over by another, and by the owner's note, what of before counts. */
function takenOver(repo, clients, repoId, owner, told = []) {
  const of = (client) => {
    const bytes = tried(() => fs.readFileSync(path.join(repo, 'c', client, 'domain'))) ?? Buffer.alloc(64);
    const signed = Buffer.concat([bytesOf('holdfast/v1/domain\0'), bytes.subarray(64)]);
    const note = crypto.verify(null, signed, owner, bytes.subarray(0, 64)) ? cbor(bytes.subarray(64)) : new Map();
    const about = Buffer.concat([note.get(1) ?? repoId, note.get(2) ?? Buffer.from(client, 'hex')]).toString('hex');
    const [since, joined] = about === repoId.toString('hex') + client ? [note.get(4) ?? 0, note.get(6)] : [0];
    const named = new Set(splitIds(joined).map((id) => id.toString('hex')));
    const number = told.find(([id]) => id.toString('hex') === client)?.[1] ?? 0;
    return [client, { times: Math.max(number, since), counts: (writer, name) => writer >= since || named.has(name) }];
  };
  return new Map(clients.map(of));
}

/** Opens the keys. repo.json need not be there: keyrings and envelopes tell which backup this is too. */
function openKeys(repo, rootKey, keyOf) {
  const files = ['repo.json', 'repo.1.json', 'repo.2.json'].map((name) => ({ file: path.join(repo, name) }));
  const copies = intact(
    files.filter(({ file }) => fs.existsSync(file)),
    'copy',
    readCopy,
  );
  const rings = intact(objectsIn(path.join(repo, 'k')), 'keyring', readWhole);
  const clients = namesIn(path.join(repo, 'c')).filter((name) => /^[0-9a-f]{32}$/.test(name));
  const snapshots = clients.flatMap((client) => objectsIn(path.join(repo, 'c', client, 's')));
  const headers = intact(snapshots, 'snapshot', ({ file }) => withFile(file, 'r', (fd) => readAt(fd, 0, 112)));
  const told = [rings.map((ring) => ring.subarray(9, 25)), headers.map((header) => header.subarray(16, 32))].flat();
  const ids = new Set([...copies.map((copy) => copy.facts.get('repoId')), ...told].map((id) => id.toString('hex')));
  if (ids.size === 0) throw new Stop(`There is no Holdfast backup in ${repo} that could be opened.`);
  for (const id of ids) {
    const repoId = Buffer.from(id, 'hex');
    const prk = extract(repoId, rootKey);
    const owner = publicKey('70', rawPublic(secretKey('70', derive(prk, 'repo-owner'))));
    const valid = copies.filter(({ signed, signature }) => crypto.verify(null, signed, owner, signature));
    valid.sort((a, b) => b.facts.get('generation') - a.facts.get('generation') || Buffer.compare(b.hash, a.hash));
    const sealed = [...rings, ...valid.map(({ facts }) => facts.get('keyring'))];
    const opened = sealed.flatMap((ring) => tried(() => openKeyring(ring, prk)) ?? []);
    // Epoch 0 follows from the digits alone, unless they were changed: without any keyring it can still be read.
    const all = [...opened, { number: 0, root: prk, readerSeed: derive(prk, 'reader') }];
    const epochs = all.filter(({ root }, i) => all.findIndex((other) => other.root.equals(root)) === i);
    const adopted = takenOver(repo, clients, repoId, owner, valid[0]?.facts.get('writers'));
    const keys = { repoId, clients, epochs, adopted };
    const fits = (header) => tried(() => openHeader(keys, 's', header.subarray(32, 48), header)) !== null;
    if (valid.length + opened.length === 0 && !headers.some(fits)) continue;
    const facts = valid[0]?.facts;
    const newer =
      facts && (facts.get('format') !== 1 || !SUITES.includes(facts.get('suite')) || facts.get('read').length > 0);
    if (newer) throw new Stop('This backup was made by a newer version of Holdfast. Use its restore.mjs.');
    return keys;
  }
  const other = keyOf === null || ids.has(keyOf) ? '' : ` They belong to the backup ${keyOf}; this is ${[...ids][0]}.`;
  throw new Stop(`These 64 digits don't open this backup.${other} Nothing is locked: check them, or try another kit.`);
}

// ---- Packs and blobs ----

/** The blobs of one computer: where each lies, by the tables of its packs, and what is in it. */
class Blobs {
  #repo;
  #keys;
  #client;
  #idKeys;
  #packs = [];
  #places = Array.from({ length: 256 }, () => new Map()); // by the first byte: one Map holds 2^24 entries at most
  #recent = new Map(); // the blocks opened last; small files and folders share blocks

  constructor(repo, keys, { client, joinedIn }) {
    const joined = keys.epochs.filter(({ number }) => number === joinedIn);
    must(joined.length > 0, 'the key of its computer is in no intact keyring');
    [this.#repo, this.#keys] = [repo, keys];
    this.#client = Buffer.from(client, 'hex');
    this.#idKeys = joined.map(({ root }) => derive(root, 'blob-id', this.#client));
    const objects = (room) => objectsIn(path.join(repo, 'c', client, room)).map((object) => ({ ...object, room }));
    const packs = [...objects('m'), ...objects('p')];
    const whole = new Set(intact(packs, 'pack', (pack) => this.#add(pack, ...this.#open(pack))));
    const broken = new Map(packs.filter((pack) => !whole.has(pack)).map((pack) => [pack.name, pack]));
    // Index segments hold copies of the tables: what is in front of a damaged end can still be read.
    const adds = (object) =>
      readRecord(keys, 'i', this.#client, object)
        .get(1)
        .map(([name, , , , table]) => [name, table]);
    for (const [name, table] of broken.size === 0 ? [] : intact(objects('i'), 'index segment', adds).flat()) {
      const pack = broken.get(name.toString('hex'));
      if (pack) intact([pack], 'pack', () => this.#add(pack, Buffer.from(table), null));
      broken.delete(pack?.name);
    }
  }

  /** The table at the end of a pack and the keys for its blocks. */
  #open({ room, file }) {
    return withFile(file, 'r', (fd) => {
      const { size } = fs.fstatSync(fd);
      const [heads, end] = [openHeader(this.#keys, room, this.#client, readAt(fd, 0, 1232)), readAt(fd, size - 64, 64)];
      const openEnd = ({ tableKey, aad }) => openSegment(tableKey, aad, 1, false, end);
      const head = heads.find((one) => tried(() => openEnd(one)) !== null) ?? heads[0];
      const trailer = openEnd(head);
      const [offset, length] = [Number(trailer.readBigUInt64BE(0)), Number(trailer.readBigUInt64BE(8))];
      must(trailer.readUInt16BE(24) === 1 && offset + length === size - 64, 'its end is not of the format');
      const table = openSegment(head.tableKey, head.aad, 0, false, readAt(fd, offset, length));
      must(table.subarray(0, 8).equals(trailer.subarray(16, 24)), 'its end is not of the format');
      return [table, head];
    });
  }

  #add(object, table, head) {
    const [pack, blocks, blobs] = [this.#packs.length, table.readUInt32BE(0), table.readUInt32BE(4)];
    must(table.length === 40 + 12 * blocks + 45 * blobs, 'its table is not of the format');
    this.#packs.push({ ...object, blocks, table, head, checked: false });
    for (let blob = 0; blob < blobs; blob += 1) {
      const at = 8 + 12 * blocks + 45 * blob;
      const [places, id, place] = [this.#places[table[at]], table.latin1Slice(at, at + 32), pack * 2 ** 26 + blob];
      places.set(id, places.has(id) ? [places.get(id), place].flat() : place);
    }
    progress(() => `${this.#packs.length} packs found`);
    return object;
  }

  /** The blob of this kind (1 data, 2 tree, 3 list) and id, proven. It may lie in several packs: any that is sound. */
  read(kind, id) {
    let failure = new Error('a part of it is in no pack that could be read');
    for (const place of [this.#places[id[0]].get(id.toString('latin1')) ?? []].flat()) {
      const pack = this.#packs[Math.floor(place / 2 ** 26)];
      const at = 8 + 12 * pack.blocks + 45 * (place % 2 ** 26) + 33;
      const [block, offset, length] = [0, 4, 8].map((field) => pack.table.readUInt32BE(at + field));
      try {
        const bytes = this.#block(pack, block).subarray(offset, offset + length);
        must(
          this.#idKeys.some((key) => names(key, Buffer.of(kind), bytes, id)),
          'a part of it is not what was backed up',
        );
        return bytes;
      } catch (error) {
        if (!fs.existsSync(this.#repo)) throw new Stop('The backup is not there any more. Is its disk connected?');
        failure = new Error(`${error.message} (pack ${pack.file})`);
      }
    }
    throw failure;
  }

  /** The raw bytes of one block. */
  #block(pack, index) {
    const name = `${index} ${pack.file}`;
    const [offset, stored, length] = [8, 12, 16].map((field) => pack.table.readUInt32BE(12 * index + field));
    must(stored <= length + 17 && length <= 4194304, 'its table is not of the format');
    let raw = this.#recent.get(name);
    this.#recent.delete(name);
    raw ??= withFile(pack.file, 'r', (fd) => {
      if (!pack.checked) this.#check(pack, fd);
      const sealed = readAt(fd, offset, stored);
      const plain = openSegment(pack.head.key, pack.head.aad, index, index === pack.blocks - 1, sealed);
      must(plain[0] <= 1, 'a block is of an unknown kind');
      return plain[0] === 0 ? plain.subarray(1) : unzstd(plain.subarray(1), length);
    });
    must(raw.length === length, 'a block has not the length that its table says');
    this.#recent.set(name, raw);
    if (this.#recent.size > 8) this.#recent.delete(this.#recent.keys().next().value); // blocks have 4 MiB at most
    return raw;
  }

  /** Compares a pack's blocks with the table, once. Each proves itself when it is opened: damage is only noted. */
  #check(pack, fd) {
    pack.checked = true;
    pack.head ??= openHeader(this.#keys, pack.room, this.#client, readAt(fd, 0, 1232))[0];
    intact([pack], 'pack', () => {
      const tagOf = (at) => readAt(fd, pack.table.readUInt32BE(at) + pack.table.readUInt32BE(at + 4) - 16, 16);
      const tags = Array.from({ length: pack.blocks }, (_, index) => tagOf(8 + 12 * index));
      must(sha256(...tags).equals(pack.table.subarray(-32)), 'not all of its blocks are those of its table');
    });
  }
}

// ---- Snapshots and trees ----

/** All snapshots that can be read, the oldest first. */
function findSnapshots(repo, keys) {
  const read = (client) => (object) => {
    const record = readRecord(keys, 's', Buffer.from(client, 'hex'), object);
    must(record.get(0) === 1, 'it was made by a newer version');
    const [sequence, tree, ended, counts] = [2, 6, 8, 9].map((key) => record.get(key));
    const [missed, partial, computer, joinedIn] = [11, 12, 14, 17].map((key) => record.get(key));
    const when = new Date(ended).toISOString().slice(0, 16).replace('T', ' ');
    const rest = { files: counts[0], bytes: counts[3], missed, partial: partial === true, computer, joinedIn };
    const believed = keys.adopted.get(client).counts(record.writer, object.name);
    return { id: object.name, client, sequence, tree: Buffer.from(tree), ended, when, ...rest, believed };
  };
  const all = (client) => intact(objectsIn(path.join(repo, 'c', client, 's')), 'snapshot', read(client));
  // What a computer has stored after another took over its backups does not count.
  const inDomain = (client) => all(client).filter(({ believed }) => believed);
  return keys.clients.flatMap(inDomain).sort((a, b) => a.ended - b.ended || a.sequence - b.sequence);
}

/** The snapshot that was asked for; else the last complete one of each computer, and of these the youngest. */
function choose(snapshots, wanted = 'latest') {
  if (wanted !== 'latest') {
    const fitting = snapshots.filter(({ id }) => id.startsWith(wanted.toLowerCase()));
    if (fitting.length === 1) return fitting[0];
    throw new Stop(`${fitting.length === 0 ? 'No' : 'More than one'} snapshot has an ID that begins with ${wanted}.`);
  }
  const complete = snapshots.filter(({ partial }) => !partial);
  const overtaken = (one) => complete.some(({ client, sequence }) => client === one.client && sequence > one.sequence);
  const newest = complete.filter((one) => !overtaken(one)).at(-1);
  if (newest) return newest;
  throw new Stop('There is no complete snapshot. Choose one of those above with --snapshot ID.');
}

/** Ids of 32 bytes each that are joined in one byte string. */
function splitIds(joined = Buffer.alloc(0)) {
  must(joined.length % 32 === 0, 'the list of its parts is damaged');
  return Array.from({ length: joined.length / 32 }, (_, index) => joined.subarray(32 * index, 32 * index + 32));
}

/** Entries of the folder with this tree blob: their names cannot lead elsewhere, and none comes twice. */
function* entriesOf(blobs, tree, folder) {
  const load = (id) => {
    try {
      const [form, list] = cbor(Buffer.from(blobs.read(2, id))); // a copy, so that no whole block is kept in memory
      must((form === 0 || form === 1) && Array.isArray(list), 'its list is not of the format');
      return [form, list];
    } catch (error) {
      if (error instanceof Stop) throw error;
      problem(folder, `entries of this folder are lost: ${error.message}`);
      return [0, []];
    }
  };
  const [form, list] = load(tree);
  let last = Buffer.alloc(0);
  for (const part of form === 0 ? [list] : list) {
    for (const node of form === 0 ? part : load(part)[1]) {
      const name = tried(() => node.get(0));
      const sound =
        Buffer.isBuffer(name) && Buffer.compare(last, name) < 0 && !/^\.\.?$|[/\0]/.test(name.latin1Slice());
      if (sound) yield { node, name: (last = name), type: node.get(1) };
      else problem(folder, `it has an entry with the name ${shown(name)}, which cannot be`);
    }
  }
}

// ---- Restoring ----

const { O_WRONLY, O_CREAT, O_EXCL, O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = fs.constants;
const done = { files: 0, bytes: 0, bare: 0 };

/** Path of an entry: bytes, or on Windows text, where names that would mean something else are refused. */
function pathOf(folder, name, top) {
  if (!WINDOWS) return Buffer.concat([folder, Buffer.from('/'), name]);
  const text = top ? name.toString().replace(/^([A-Z]):$/i, '$1') : name.toString(); // the drive C: as folder C
  const foreign = /[<>:"|?*\\\0-\x1f\ufffd]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
  must(!foreign.test(text), 'Windows cannot have this name');
  return path.join(folder, text);
}

/** Owner, mode and time of an entry. Node takes negative numbers for now, hence text, and cuts off what is below a µs. */
function factsOf(node) {
  const [[uid, gid], [seconds, nanoseconds]] = [node.get(3), node.get(5)];
  const micros = seconds * 1e6 + Math.floor(nanoseconds / 1000);
  return { uid, gid, mode: node.get(2), time: String((micros + (micros < 0 ? -0.5 : 0.5)) / 1e6) };
}

/** Sets owner (as root), mode and time of a file or folder. What is not its owner's again loses setuid and setgid. */
function setFacts(fd, { uid, gid, mode, time }) {
  const own = ROOT || (uid === process.getuid?.() && gid === process.getgid?.());
  dressed(() => {
    if (ROOT) fs.fchownSync(fd, uid, gid);
    if (!WINDOWS) fs.fchmodSync(fd, mode & (own ? 0o7777 : 0o1777));
    fs.futimesSync(fd, time, time);
  });
}

/** Sets metadata; some disks cannot keep it, which costs no contents and is said once. */
function dressed(action) {
  try {
    action();
  } catch (error) {
    if (done.bare === 0) note(`some owners, modes or times cannot be set: ${error.message}`);
    done.bare += 1;
  }
}

/** Does `action` for one entry; what goes wrong with it alone is listed, and false given back. */
function entry(place, action) {
  try {
    action();
    return true;
  } catch (error) {
    const full = ['ENOSPC', 'EDQUOT', 'EROFS'].includes(error.code);
    if (full) throw new Stop(`The target takes no more (${error.code}). Make room, and begin again in a new folder.`);
    if (error instanceof Stop) throw error;
    problem(place, error.code === 'EEXIST' ? 'its name is taken already, perhaps in other letters' : error.message);
    return false;
  }
}

const ZEROS = Buffer.alloc(4096);

/** Writes bytes to their place in a file. Of a file with holes, blocks that are nothing but zeros are left out. */
function writeAt(fd, bytes, position, sparse) {
  for (let at = 0; at < bytes.length;) {
    const to = sparse ? Math.min(bytes.length, at + 4096 - ((position + at) % 4096)) : bytes.length;
    if (sparse && bytes.subarray(at, to).equals(ZEROS.subarray(0, to - at))) at = to;
    else at += fs.writeSync(fd, bytes, at, to - at, position + at);
  }
}

/** Where the first name of each file is that has several. */
const linked = new Map();

/** Makes a file one with an earlier name of it; false where there is none, or the disk has no links. */
function linkFile(node, place) {
  if (!node.has(13)) return false;
  const facts = [13, 8, 9].map((key) => sha256(node.get(key) ?? Buffer.alloc(0)).toString('hex'));
  const group = JSON.stringify([...facts, [7, 2, 3, 5].map((key) => node.get(key))]);
  const first = linked.get(group);
  if (first === undefined) linked.set(group, place);
  if (first === undefined || tried(() => fs.linkSync(first, place) ?? true) === null) return false;
  done.files += 1;
  return true;
}

function restoreFile(blobs, node, place) {
  if (linkFile(node, place)) return;
  withFile(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, (fd) => {
    let size = 0;
    const write = (id) => {
      const bytes = blobs.read(1, id);
      writeAt(fd, bytes, size, node.has(17));
      size += bytes.length;
      done.bytes += bytes.length;
      progress(() => `${done.files} files, ${amount(done.bytes)} restored`);
    };
    try {
      splitIds(node.get(8)).forEach(write);
      for (const list of splitIds(node.get(9))) splitIds(Buffer.from(blobs.read(3, list))).forEach(write);
      must(size === node.get(7), 'its parts have not the length of the file');
      fs.ftruncateSync(fd, size); // it may end with a hole
      setFacts(fd, factsOf(node));
    } catch (error) {
      fs.unlinkSync(place); // never a part that looks like the whole
      throw error;
    }
  });
  done.files += 1;
}

/**
 * Makes all that a folder holds: files, folders with what they hold, and its links last; nothing is written into it
 * after that, so that no path can lead through a link.
 */
function restoreFolder(blobs, tree, folder, top = false) {
  const [folders, links] = [[], []];
  for (const { node, name, type } of entriesOf(blobs, tree, folder)) {
    entry(`${shown(folder)}/${shown(name)}`, () => {
      const place = pathOf(folder, name, top);
      if (type === 1) restoreFile(blobs, node, place);
      else if (type === 2) folders.push({ place, facts: factsOf(node), id: Buffer.from(node.get(23)) });
      else if (type === 3) links.push({ place, facts: factsOf(node), to: Buffer.from(node.get(10)) });
      else throw new Error('pipes, sockets and devices are not made again; they hold no contents');
    });
  }
  for (const { place, facts, id } of folders) {
    if (!entry(place, () => fs.mkdirSync(place, 0o700))) continue;
    restoreFolder(blobs, id, place);
    if (WINDOWS) dressed(() => fs.utimesSync(place, facts.time, facts.time));
    else entry(place, () => withFile(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, (fd) => setFacts(fd, facts)));
  }
  for (const { place, facts, to } of links) {
    if (!entry(place, () => fs.symlinkSync(to, place))) continue;
    if (ROOT) dressed(() => fs.lchownSync(place, facts.uid, facts.gid));
    dressed(() => fs.lutimesSync(place, facts.time, facts.time));
  }
}

/** The target as it is on disk: made if need be, and empty. */
function openTarget(target, repo) {
  const refused = (why) => new Stop(`${target} ${why}. Name a folder that is new or empty; nothing was written.`);
  const inside = `${path.resolve(target)}${path.sep}`.startsWith(`${path.resolve(repo)}${path.sep}`);
  if (inside) throw refused('lies in the backup');
  fs.mkdirSync(target, { recursive: true });
  if (fs.readdirSync(target).length > 0) throw refused('is not empty');
  return WINDOWS ? fs.realpathSync(target) : fs.realpathSync(target, { encoding: 'buffer' });
}

// ---- What the person sees ----

let [problems, lastProgress] = [0, 0];
const show = (text) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : text);
const say = (text) => show(`${text}\n`);
const note = (text) => say(`Note: ${text}`);

/** Lists an item that does not come back as it was. */
function problem(place, why) {
  say(`Not restored: ${shown(place)}: ${why}`);
  problems += 1;
}

function progress(text) {
  if (!process.stderr.isTTY || performance.now() - lastProgress < 200) return;
  lastProgress = performance.now();
  show(text());
}

const amount = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** A name as text that can do nothing to a terminal. */
function shown(name) {
  const text = Buffer.isBuffer(name) ? name.toString(isUtf8(name) ? 'utf8' : 'latin1') : String(name);
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0).toString(16)}}`);
}

function main() {
  const text = { type: 'string' };
  const { values } = parseArgs({ options: { repo: text, 'key-file': text, target: text, snapshot: text } });
  const { repo, 'key-file': keyFile, target, snapshot: wanted } = values;
  if (repo === undefined || keyFile === undefined) throw new Stop(USAGE);
  const { rootKey, keyOf } = readKey(fs.readFileSync(keyFile, 'utf8'));
  if (!fs.existsSync(repo)) throw new Stop(`There is no folder ${repo}. Is its disk connected?`);
  const keys = openKeys(repo, rootKey, keyOf);
  const snapshots = findSnapshots(repo, keys);
  for (const { id, when, computer, files, bytes, partial } of snapshots) {
    const rest = `${files} files, ${amount(bytes)}${partial ? ', not complete' : ''}`;
    console.log(`${id.slice(0, 16)}  ${when} UTC  ${shown(computer)}  ${rest}`);
  }
  if (snapshots.length === 0) throw new Stop('The digits are right, but there is no snapshot that could be read.');
  const snapshot = choose(snapshots, wanted);
  if (target === undefined) return console.log(`Add --target NEW-FOLDER to restore ${snapshot.id.slice(0, 16)}.`);
  const folder = openTarget(target, repo);
  console.log(`Restoring ${snapshot.id.slice(0, 16)} to ${shown(folder)}`);
  const blobs = new Blobs(repo, keys, snapshot);
  restoreFolder(blobs, snapshot.tree, folder, true);
  if (snapshot.missed > 0) say(`When this snapshot was made, ${snapshot.missed} items could not be backed up.`);
  const rest = problems === 0 ? 'All is well.' : `${problems} are listed above as not restored.`;
  say(`Restored ${done.files} of ${snapshot.files} files, ${amount(done.bytes)}. ${rest}`);
  if (done.bare > 0) say(`${done.bare} of them are without their owner, mode or time.`);
  if (problems + done.bare > 0) process.exitCode = 3;
}

try {
  main();
} catch (error) {
  say(error instanceof Stop ? error.message : `This cannot be done: ${error.message}`);
  process.exitCode = 1;
}
