/*
 * restore.mjs: gets your files out of a Holdfast backup when there is no Holdfast any more.
 *
 * You need three things: this file, your 64 digits (the key kit), and the folder with the backup. And Node.js 20 or
 * newer, from https://nodejs.org; no network. Type the 64 digits into a text file, say KEY.txt, then:
 *
 *     node restore.mjs --repo BACKUP-FOLDER --key-file KEY.txt
 *     node restore.mjs --repo BACKUP-FOLDER --key-file KEY.txt --target NEW-FOLDER
 *     node restore.mjs --repo BACKUP-FOLDER --key-file KEY.txt --target NEW-FOLDER --snapshot ID
 *
 * The first lists the snapshots, the second restores the newest complete one of any computer, the third the one whose
 * ID begins so. Each file comes to its full old path below NEW-FOLDER, which must be new or empty. The backup is only
 * read. Modes and times come back (times to the microsecond), owners where you are root; links between names of one
 * file become copies; pipes, sockets and devices are listed, not made. Every byte is proven to be what was backed up.
 * What is damaged is listed and the rest restored.
 *
 * Exit codes: 0 all is restored, 1 nothing (more) could be done, 3 done, but for what was listed.
 *
 * The format is in FORMAT.md ("Repository format, version 1"); this is a second implementation, made from that page
 * alone. Words used below: a blob is a piece of a file or a list of a folder, named by a keyed hash of its contents; a
 * pack is a file with blocks of blobs and, at its end, the table of them.
 */
import { createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey } from 'node:crypto';
import { diffieHellman, verify as verifySignature } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import vm from 'node:vm';
import zlib from 'node:zlib';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { decompress } from 'fzstd';

const USAGE = 'Usage: node restore.mjs --repo DIR --key-file FILE [--target DIR] [--snapshot ID]';
const WINDOWS = process.platform === 'win32';
const ROOT = process.getuid?.() === 0;

/** Ends the program with a sentence for the person. */
class Stop extends Error {}
/** One object or file is damaged; the rest goes on. */
class Damaged extends Error {}
/** Throws unless what a sound object always fulfils is fulfilled. */
const must = (fulfilled, otherwise) => {
  if (!fulfilled) throw new Damaged(otherwise);
};

// ---- Hashes and keys -------------------------------------------------------------------------------------------------

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const hmac = (key, ...parts) => parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest();
const extract = (salt, ikm) => hmac(salt, ikm); // HKDF (RFC 5869)
const expand = (prk, ...info) => hmac(prk, ...info, Buffer.from([1])); // one block: 32 bytes
const derive = (root, label, client = '') => expand(root, `holdfast/v1/${label}\0`, client);

/** Key objects of Ed25519 (algorithm 0x70) and X25519 (0x6e) from their 32 raw bytes, by the DER around them. */
const privateKey = (algorithm, seed) => {
  const der = Buffer.concat([Buffer.from(`302e020100300506032b65${algorithm}04220420`, 'hex'), seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
};
const publicKey = (algorithm, raw) => {
  const der = Buffer.concat([Buffer.from(`302a300506032b65${algorithm}032100`, 'hex'), raw]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
};
const rawPublic = (secret) => createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);

/** X-Wing (draft-connolly-cfrg-xwing-kem-10): ML-KEM-768 and X25519 from one seed; gives the function that opens. */
function xwing(seed) {
  const wide = createHash('shake256', { outputLength: 96 }).update(seed).digest();
  const lattice = ml_kem768.keygen(wide.subarray(0, 64)).secretKey;
  const curve = privateKey('6e', wide.subarray(64));
  return (ciphertext) => {
    const point = ciphertext.subarray(1088);
    const shared = diffieHellman({ privateKey: curve, publicKey: publicKey('6e', point) });
    const secret = ml_kem768.decapsulate(ciphertext.subarray(0, 1088), lattice);
    return createHash('sha3-256')
      .update(secret)
      .update(shared)
      .update(point)
      .update(rawPublic(curve))
      .update('\\.//^\\')
      .digest();
  };
}

/** The 64 digits from a text: typed in any grouping, with or without the kit's row letters and checks, or its QR code. */
function readKey(text) {
  const qr = /HOLDFAST:KEY:V(\d+):([0-9A-F]{32}):([0-9A-F]{64})/i.exec(text);
  if (qr && qr[1] !== '1') throw new Stop('This key was made by a newer version of Holdfast. Use its restore.mjs.');
  if (qr) return { rootKey: Buffer.from(qr[3], 'hex'), keyOf: qr[2].toLowerCase() };
  const lines = text.toUpperCase().split('\n');
  const words = lines.map((line) =>
    line.split(/[^0-9A-Z]+/).filter((word) => word && !/^[GHJKMNP-TV-Z]{2}$/.test(word)),
  );
  const bare = words.map((line) => (/^[A-D]$/.test(line[0] ?? '') ? line.slice(1) : line));
  const all = [words, bare].map((rows) => rows.flat().join(''));
  const typed = all.find((digits) => digits.length === 64) ?? all[0];
  const digits = typed.replaceAll('O', '0').replace(/[IL]/g, '1');
  const wrong = /[^0-9A-F]/.exec(digits);
  if (wrong)
    throw new Stop(`The key file has “${wrong[0]}” in it, which is no digit of a key: only 0 to 9 and A to F are.`);
  if (digits.length !== 64) throw new Stop(`The key file holds ${digits.length} digits; a key has 64.`);
  if (digits !== typed) note('The letters O, I and L in the key file were read as the digits 0 and 1.');
  return { rootKey: Buffer.from(digits, 'hex'), keyOf: null };
}

// ---- CBOR (RFC 8949, section 4.2; anything else is damage) ---------------------------------------------------------

/** Integers become numbers, maps Maps, byte strings Buffers. */
function cbor(bytes) {
  let at = 0;
  const take = (count) => {
    must(count <= bytes.length - at, 'a record is cut short');
    return bytes.subarray(at, (at += count));
  };
  const item = (depth) => {
    const [first] = take(1);
    const [major, info] = [first >> 5, first & 31];
    if (first >= 0xf4 && first <= 0xf6) return [false, true, null][first - 0xf4];
    must(major < 6 && info < 28 && depth < 16, 'a record is not of the format');
    let value = info;
    if (info >= 24) {
      const raw = take(1 << (info - 24));
      value = raw.length === 8 ? Number(raw.readBigUInt64BE()) : raw.readUIntBE(0, raw.length);
      must(
        Number.isSafeInteger(value) && value >= [24, 2 ** 8, 2 ** 16, 2 ** 32][info - 24],
        'a number is not of the format',
      );
    }
    if (major === 0) return value;
    if (major === 1) return -1 - value;
    if (major === 2) return take(value);
    if (major === 3) {
      const text = take(value);
      must(isUtf8(text), 'a text is not of the format');
      return text.toString();
    }
    must(value <= bytes.length - at, 'a record is cut short');
    if (major === 4) return Array.from({ length: value }, () => item(depth + 1));
    const map = new Map();
    for (let last = null; value > 0; value -= 1) {
      const start = at;
      const key = item(depth + 1);
      const encoded = bytes.subarray(start, at);
      must(last === null || Buffer.compare(last, encoded) < 0, 'the keys of a record are not in order');
      map.set(key, item(depth + 1));
      last = encoded;
    }
    return map;
  };
  const value = item(0);
  must(at === bytes.length, 'a record is followed by something');
  return value;
}

// ---- zstd ----------------------------------------------------------------------------------------------------------

/** Checks the frame of a block (RFC 8878; limits by FORMAT.md) before anything is decompressed. */
function checkFrame(frame, rawLength) {
  const bad = 'a compressed block is damaged';
  must(frame.length >= 9 && frame.readUInt32LE(0) === 0xfd2fb528, bad);
  const flags = frame[4];
  must((flags & 0x0b) === 0, bad); // reserved bit, dictionary
  const single = (flags & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6];
  const start = single ? 5 : 6;
  must(frame.length >= start + sizeBytes, bad);
  const size = sizeBytes === 8 ? Number(frame.readBigUInt64LE(start)) : sizeBytes && frame.readUIntLE(start, sizeBytes);
  const contentSize = sizeBytes === 2 ? size + 256 : size;
  must(sizeBytes === 0 || contentSize === rawLength, bad);
  const window = single ? contentSize : 2 ** (10 + (frame[5] >> 3)) * (1 + (frame[5] & 7) / 8);
  must(window <= Math.max(2 ** 23, rawLength), bad);
  const blockMax = Math.min(window, 131072);
  let sum = 0;
  let at = start + sizeBytes;
  for (let last = false; !last;) {
    must(at + 3 <= frame.length, bad);
    const head = frame.readUIntLE(at, 3);
    const [type, length] = [(head >> 1) & 3, head >> 3];
    last = (head & 1) !== 0;
    must(type !== 3 && length <= blockMax, bad);
    sum += type === 2 ? blockMax : length;
    at += 3 + (type === 1 ? 1 : length);
  }
  must(at + (flags & 4) === frame.length, bad); // bit 2: four bytes of checksum
  must(sum >= rawLength && sum <= 4 * rawLength + 262144, bad);
}

let unzip = null;
const timed = new vm.Script('globalThis.holdfastUnzip()');

/** Decompresses one block of `rawLength` bytes with Node's own zstd (Node 22.15 and newer), else with fzstd. */
function unzstd(frame, rawLength) {
  checkFrame(frame, rawLength);
  try {
    if (zlib.zstdDecompressSync) return zlib.zstdDecompressSync(frame, { maxOutputLength: rawLength });
    // fzstd can loop for ever on a frame made to do so; a script run by vm can be stopped.
    globalThis.holdfastUnzip = () => (unzip = decompress(frame, Buffer.alloc(rawLength)));
    timed.runInThisContext({ timeout: 60_000 });
    return Buffer.from(unzip.buffer, unzip.byteOffset, unzip.length);
  } catch {
    throw new Damaged('a compressed block is damaged');
  }
}

// ---- Envelopes: what every pack, index segment and snapshot begins with ------------------------------------------

const KINDS = { p: 1, m: 2, i: 3, s: 4 };

/** Opens the header of an object: proves that our key made it, gives the object's keys. */
function openHeader(keys, room, client, start) {
  const size = room === 'p' ? 1232 : 112;
  must(start.length >= size && start.subarray(0, 8).equals(Buffer.from('HOLDFAST')), 'its beginning is damaged');
  must(start[8] === 1 && start[9] === 1, 'it is of a newer version, or its beginning is damaged');
  must(start[10] === KINDS[room] && start[11] === (room === 'p' ? 1 : 0), 'it is not what its place says');
  must(start.subarray(16, 32).equals(keys.repoId) && start.subarray(32, 48).equals(client), 'it is of another backup');
  const epoch = keys.epochs.get(start.readUInt32BE(12));
  must(epoch, 'it is of a time whose key is in no intact keyring');
  const [salt, header, ciphertext] = [start.subarray(48, 80), start.subarray(0, size), start.subarray(112, size)];
  const h = sha256(header.subarray(0, 80), ciphertext);
  const metaKey = derive(epoch.root, 'meta', client);
  const prk = extract(salt, room === 'p' ? openSealed(epoch, ciphertext) : metaKey);
  must(expand(prk, 'holdfast/v1/commit', h).equals(start.subarray(80, 112)), 'the key does not fit its beginning');
  const aad = sha256(header);
  const tableKey = expand(extract(salt, metaKey), 'holdfast/v1/table', aad);
  return { size, aad, key: expand(prk, 'holdfast/v1/key', h), tableKey };
}

function openSealed(epoch, ciphertext) {
  epoch.open ??= xwing(epoch.readerSeed);
  try {
    return epoch.open(ciphertext);
  } catch {
    throw new Damaged('its beginning is damaged');
  }
}

/** AES-256-GCM of segment `index`; the tag is at the end. */
function openSegment(key, aad, index, last, sealed) {
  must(sealed.length >= 16, 'it is cut short');
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce[11] = last ? 1 : 0;
  const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  cipher.setAAD(aad).setAuthTag(sealed.subarray(-16));
  const plain = cipher.update(sealed.subarray(0, -16));
  try {
    cipher.final();
  } catch {
    throw new Damaged('its bytes are not those that were stored');
  }
  return plain;
}

/** Length to which `length` bytes are padded: Padmé, at least 64 KiB. */
function padded(length) {
  if (length <= 65536) return 65536;
  const exponent = length.toString(2).length - 1;
  const step = 2 ** (exponent - exponent.toString(2).length);
  return Math.ceil(length / step) * step;
}

/** The record in a snapshot or index segment. */
function readRecord(keys, room, client, object) {
  const bytes = readWhole(object);
  const { size, key, aad } = openHeader(keys, room, client, bytes);
  const parts = [];
  for (let at = size; at < bytes.length; at += 262160) {
    const last = at + 262160 >= bytes.length;
    parts.push(openSegment(key, aad, parts.length, last, bytes.subarray(at, at + 262160)));
  }
  const plain = Buffer.concat(parts);
  must(plain.length >= 65536, 'it is cut short');
  const length = Number(plain.readBigUInt64BE(0));
  must(plain.length === padded(8 + length), 'its length is not of the format');
  must(!plain.subarray(8 + length).some((byte) => byte !== 0), 'its padding is not of the format');
  return cbor(plain.subarray(8, 8 + length));
}

// ---- The folder ----------------------------------------------------------------------------------------------------

/** Names in a folder of the backup; none where there is no such folder. */
function namesIn(folder) {
  try {
    return fs.readdirSync(folder).sort();
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') note(`${folder} cannot be read: ${error.code}`);
    return [];
  }
}

/** Objects of a room: `ab/ab12…` in a local folder; without the `ab/` where they were copied from elsewhere. */
function* objectsIn(room) {
  for (const name of namesIn(room)) {
    if (/^[0-9a-f]{64}$/.test(name)) yield { name, file: path.join(room, name) };
    if (!/^[0-9a-f]{2}$/.test(name)) continue;
    for (const inner of namesIn(path.join(room, name))) {
      if (/^[0-9a-f]{64}$/.test(inner) && inner.startsWith(name))
        yield { name: inner, file: path.join(room, name, inner) };
    }
  }
}

/** Runs `read` on a file of the backup; what the disk refuses is damage. */
function reading(file, read) {
  let fd = null;
  try {
    fd = fs.openSync(file, 'r');
    return read(fd, fs.fstatSync(fd).size);
  } catch (error) {
    throw error instanceof Damaged ? error : new Damaged(`${file} cannot be read: ${error.code ?? error.message}`);
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
}

function readAt(fd, offset, length) {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const count = fs.readSync(fd, bytes, done, length - done, offset + done);
    must(count > 0, 'its file is cut short');
    done += count;
  }
  return bytes;
}

/** A small object whole; its name is the SHA-256 of its bytes. */
function readWhole({ name, file }) {
  const bytes = reading(file, (fd, size) => readAt(fd, 0, size));
  must(sha256(bytes).toString('hex') === name, 'its bytes are not those that were stored');
  return bytes;
}

/** What `read` gives for each of `items`; those that are damaged are noted and left out. */
function intact(items, what, read) {
  return [...items].flatMap((item) => {
    try {
      return [read(item)];
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      note(`${what} ${item.file} is damaged: ${error.message}`);
      return [];
    }
  });
}

/** A copy of repo.json; its signature is looked at when the key is known. */
function readCopy({ file }) {
  const bytes = reading(file, (fd, size) => readAt(fd, 0, Math.min(size, 2 ** 24)));
  try {
    const json = JSON.parse(bytes.toString());
    const payload = Buffer.from(json.payload, 'base64');
    const facts = cbor(payload);
    must(facts.get('magic') === 'holdfast-repository' && facts.get('repoId').length === 16);
    return { payload, facts, signature: Buffer.from(json.signature, 'base64'), hash: sha256(bytes) };
  } catch {
    throw new Damaged('it is not of the format');
  }
}

/** The epochs in a keyring: number, root and reader seed of each; null where the digits do not open it. */
function openKeyring(bytes, prk) {
  try {
    const plain = xchacha20poly1305(derive(prk, 'keyring'), bytes.subarray(25, 49), bytes.subarray(0, 49)).decrypt(
      bytes.subarray(49),
    );
    const record = cbor(Buffer.from(plain));
    must(
      bytes.toString('latin1', 0, 8) === 'HOLDKEYR' && bytes[8] === 1 && record.get(1).equals(bytes.subarray(9, 25)),
    );
    return record.get(2).map(([number, , root, readerSeed]) => ({ number, root, readerSeed }));
  } catch {
    return null;
  }
}

/** Finds out which backup this is and opens its keys. repo.json is not needed: keyrings and envelopes tell its id too. */
function openKeys(repo, rootKey, keyOf) {
  const present = ['repo.json', 'repo.1.json', 'repo.2.json'].filter((name) => fs.existsSync(path.join(repo, name)));
  const copies = intact(
    present.map((name) => ({ file: path.join(repo, name) })),
    'The copy',
    readCopy,
  );
  const rings = intact(objectsIn(path.join(repo, 'k')), 'The keyring', readWhole);
  const clients = namesIn(path.join(repo, 'c')).filter((name) => /^[0-9a-f]{32}$/.test(name));
  const heads = [];
  for (const client of clients) {
    const objects = objectsIn(path.join(repo, 'c', client, 's'));
    const starts = intact(objects, 'The snapshot', ({ file }) => reading(file, (fd) => readAt(fd, 0, 112)));
    heads.push(...starts.map((start) => ({ client: Buffer.from(client, 'hex'), start })));
  }
  const found = [
    ...copies.map(({ facts }) => facts.get('repoId')),
    ...rings.map((ring) => ring.subarray(9, 25)),
    ...heads.map(({ start }) => start.subarray(16, 32)),
  ];
  const ids = new Set(found.map((id) => id.toString('hex')).filter((id) => id.length === 32));
  if (ids.size === 0)
    throw new Stop(`There is no Holdfast backup in ${repo}, or nothing of it is left that could be opened.`);
  for (const id of ids) {
    const repoId = Buffer.from(id, 'hex');
    const prk = extract(repoId, rootKey);
    const owner = publicKey('70', rawPublic(privateKey('70', derive(prk, 'repo-owner'))));
    const signed = (copy) =>
      verifySignature(null, Buffer.concat([Buffer.from('holdfast/v1/repo\0'), copy.payload]), owner, copy.signature);
    const valid = copies.filter(signed);
    const embedded = valid.map(({ facts }) => facts.get('keyring'));
    const opened = [...rings, ...embedded].map((ring) => openKeyring(ring, prk)).filter((epochs) => epochs !== null);
    // Epoch 0 follows from the digits, so that even a backup that lost all keyrings can be read.
    const first = { number: 0, root: prk, readerSeed: derive(prk, 'reader') };
    const keys = { repoId, epochs: new Map([first, ...opened.flat()].map((epoch) => [epoch.number, epoch])), clients };
    const fits = ({ client, start }) => {
      try {
        return Boolean(openHeader(keys, 's', client, start));
      } catch {
        return false;
      }
    };
    if (valid.length === 0 && opened.length === 0 && !heads.some(fits)) continue;
    if (valid.length < 3)
      note(`${valid.length} of the 3 copies of repo.json are intact; your files can be restored all the same.`);
    valid.sort((a, b) => b.facts.get('generation') - a.facts.get('generation') || Buffer.compare(b.hash, a.hash));
    const facts = valid[0]?.facts;
    const newer = facts && (facts.get('format') !== 1 || facts.get('suite') !== 1 || facts.get('read').length > 0);
    if (newer)
      throw new Stop('This backup was made by a newer version of Holdfast. Use the restore.mjs of that version.');
    return keys;
  }
  const other =
    keyOf !== null && !ids.has(keyOf) ? ` They belong to the backup ${keyOf}; this one is ${[...ids][0]}.` : '';
  throw new Stop(
    `These 64 digits don't open this backup.${other} Nothing was changed and nothing is locked: check each row, or look for another kit.`,
  );
}

// ---- Packs and blobs -----------------------------------------------------------------------------------------------

/** Everything that can be read of one computer: where each blob lies, and the blobs themselves. */
class Blobs {
  #keys;
  #client;
  #idKey;
  #packs = [];
  #places = Array.from({ length: 256 }, () => new Map()); // by first byte: one Map holds at most 2^24 entries
  #recent = new Map(); // the blocks last opened: small files and folders share blocks

  constructor(repo, keys, client, joinedIn) {
    const epoch = keys.epochs.get(joinedIn);
    if (!epoch) throw new Stop(`The key of this snapshot's computer (epoch ${joinedIn}) is in no intact keyring.`);
    this.#keys = keys;
    this.#client = Buffer.from(client, 'hex');
    this.#idKey = derive(epoch.root, 'blob-id', this.#client);
    const domain = path.join(repo, 'c', client);
    const broken = new Map();
    for (const room of ['m', 'p']) {
      for (const { name, file } of objectsIn(path.join(domain, room))) {
        try {
          this.#add({ room, file, table: this.#readTable(room, file) });
        } catch (error) {
          if (!(error instanceof Damaged)) throw error;
          note(`The pack ${file} is damaged: ${error.message}`);
          broken.set(name, { room, file });
        }
        progress(() => `${this.#packs.length} packs found`);
      }
    }
    if (broken.size === 0) return;
    // Index segments hold copies of the tables: what is whole in front of a damaged end can still be read.
    for (const object of objectsIn(path.join(domain, 'i'))) {
      const [record] = intact([object], 'The index segment', () => readRecord(keys, 'i', this.#client, object));
      for (const [name, , , header, table] of record?.get(1) ?? []) {
        const pack = broken.get(name.toString('hex'));
        const sound = pack && intact([pack], 'The table of', () => checkTable(table, pack.room, header, Infinity));
        if (sound?.length > 0) this.#add({ ...pack, table: Buffer.from(table) });
        if (sound?.length > 0) broken.delete(name.toString('hex'));
      }
    }
  }

  /** The table at the end of a pack, without opening its contents. */
  #readTable(room, file) {
    return reading(file, (fd, size) => {
      must(size >= 65536, 'it is cut short');
      const head = openHeader(this.#keys, room, this.#client, readAt(fd, 0, 1232));
      const trailer = openSegment(head.tableKey, head.aad, 1, false, readAt(fd, size - 64, 64));
      const [offset, length] = [Number(trailer.readBigUInt64BE(0)), Number(trailer.readBigUInt64BE(8))];
      must(
        trailer.readUInt16BE(24) === 1 && offset + length === size - 64 && offset >= head.size,
        'its end is damaged',
      );
      const table = openSegment(head.tableKey, head.aad, 0, false, readAt(fd, offset, length));
      must(table.subarray(0, 8).equals(trailer.subarray(16, 24)), 'its end is damaged');
      checkTable(table, room, head.size, offset);
      return table;
    });
  }

  #add(pack) {
    const number = this.#packs.push(pack) - 1;
    const blocks = pack.table.readUInt32BE(0);
    const blobs = pack.table.readUInt32BE(4);
    for (let index = 0; index < blobs; index += 1) {
      const at = 8 + 12 * blocks + 45 * index;
      const places = this.#places[pack.table[at]];
      const id = pack.table.latin1Slice(at, at + 32);
      const before = places.get(id);
      const place = number * 2 ** 26 + index;
      places.set(id, before === undefined ? place : [before, place].flat());
    }
  }

  /** The blob of this kind (1 data, 2 tree, 3 list) and id, proven; from another pack where the first is damaged. */
  read(kind, id) {
    let problem = new Damaged('a part of it is in no pack that is left');
    for (const place of [this.#places[id[0]].get(id.toString('latin1')) ?? []].flat()) {
      const pack = this.#packs[Math.floor(place / 2 ** 26)];
      const at = 8 + 12 * pack.table.readUInt32BE(0) + 45 * (place % 2 ** 26) + 33;
      const [block, offset, length] = [0, 4, 8].map((field) => pack.table.readUInt32BE(at + field));
      try {
        const bytes = this.#block(pack, block).subarray(offset, offset + length);
        must(hmac(this.#idKey, Buffer.from([kind]), bytes).equals(id), 'a part of it is not what was backed up');
        return bytes;
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        problem = new Damaged(`${error.message} (pack ${pack.file})`);
      }
    }
    throw problem;
  }

  /** The raw bytes of one block. */
  #block(pack, index) {
    const name = `${index} ${pack.file}`;
    const known = this.#recent.get(name);
    this.#recent.delete(name);
    const blocks = pack.table.readUInt32BE(0);
    const [offset, stored, rawLength] = [8, 12, 16].map((field) => pack.table.readUInt32BE(12 * index + field));
    const raw =
      known ??
      reading(pack.file, (fd) => {
        pack.head ??= this.#openPack(pack, fd, blocks);
        const plain = openSegment(
          pack.head.key,
          pack.head.aad,
          index,
          index === blocks - 1,
          readAt(fd, offset, stored),
        );
        must(plain[0] <= 1, 'a block is of an unknown kind');
        return plain[0] === 0 ? plain.subarray(1) : unzstd(plain.subarray(1), rawLength);
      });
    must(raw.length === rawLength, 'a block has not the length that its table says');
    this.#recent.set(name, raw);
    if (this.#recent.size > 8) this.#recent.delete(this.#recent.keys().next().value); // of at most 4 MiB each
    return raw;
  }

  /** Opens a pack for its contents. Blocks prove themselves: a pack that is damaged elsewhere is noted, and read. */
  #openPack(pack, fd, blocks) {
    const head = openHeader(this.#keys, pack.room, this.#client, readAt(fd, 0, 1232));
    try {
      const tags = createHash('sha256');
      for (let index = 0; index < blocks; index += 1) {
        const at = 8 + 12 * index;
        tags.update(readAt(fd, pack.table.readUInt32BE(at) + pack.table.readUInt32BE(at + 4) - 16, 16));
      }
      must(tags.digest().equals(pack.table.subarray(-32)), 'its blocks are not those of its table');
    } catch (error) {
      note(`The pack ${pack.file} is damaged: ${error.message}`);
    }
    return head;
  }
}

/** Checks that a table describes blocks one behind the other from `start` to at most `end`, and blobs inside them. */
function checkTable(table, room, start, end) {
  const bad = 'its table is damaged';
  must(table.length >= 40, bad);
  const [blocks, blobs] = [table.readUInt32BE(0), table.readUInt32BE(4)];
  must(table.length === 8 + 12 * blocks + 45 * blobs + 32, bad);
  let next = start;
  for (let at = 8; at < 8 + 12 * blocks; at += 12) {
    const [offset, stored, raw] = [0, 4, 8].map((field) => table.readUInt32BE(at + field));
    must(offset === next && raw >= 1 && raw <= 4194304 && stored > 17 && stored <= raw + 17, bad);
    next += stored;
  }
  must(next <= end, bad);
  for (let at = 8 + 12 * blocks; at < table.length - 32; at += 45) {
    const [block, offset, length] = [33, 37, 41].map((field) => table.readUInt32BE(at + field));
    must((room === 'p' ? [1] : [2, 3]).includes(table[at + 32]) && block < blocks, bad);
    must(offset + length <= table.readUInt32BE(8 + 12 * block + 8), bad);
  }
}

// ---- Snapshots and trees -------------------------------------------------------------------------------------------

/** All snapshots that can be opened, the oldest first. */
function findSnapshots(repo, keys) {
  const all = keys.clients.flatMap((client) => {
    const objects = objectsIn(path.join(repo, 'c', client, 's'));
    return intact(objects, 'The snapshot', (object) => {
      const record = readRecord(keys, 's', Buffer.from(client, 'hex'), object);
      must(record.get(0) === 1, 'it is of a newer version');
      const [id, sequence, tree, ended, counts] = [object.name, ...[2, 6, 8, 9].map((key) => record.get(key))];
      const rest = { missed: record.get(11), partial: record.get(12) === true, computer: record.get(14) };
      return {
        id,
        client,
        sequence,
        tree,
        ended,
        files: counts[0],
        bytes: counts[3],
        ...rest,
        joinedIn: record.get(17),
      };
    });
  });
  return all.sort((a, b) => a.ended - b.ended || a.sequence - b.sequence);
}

/** The snapshot that was asked for; else the last complete one of each computer, and of these the youngest. */
function choose(snapshots, wanted) {
  if (wanted !== undefined && wanted !== 'latest') {
    const fitting = snapshots.filter(({ id }) => id.startsWith(wanted.toLowerCase()));
    if (fitting.length === 1) return fitting[0];
    throw new Stop(`${fitting.length === 0 ? 'No' : 'More than one'} snapshot has an ID that begins with “${wanted}”.`);
  }
  const last = new Map();
  for (const one of snapshots.filter(({ partial }) => !partial)) {
    if (!(last.get(one.client)?.sequence > one.sequence)) last.set(one.client, one);
  }
  const [newest] = [...last.values()].sort((a, b) => b.ended - a.ended);
  if (!newest)
    throw new Stop('No complete snapshot is left that could be read. Choose one of those above with --snapshot.');
  return newest;
}

/** Ids of 32 bytes each that are joined in one byte string. */
function splitIds(joined = Buffer.alloc(0)) {
  must(joined.length % 32 === 0, 'a list of its parts is damaged');
  return Array.from({ length: joined.length / 32 }, (_, index) => joined.subarray(32 * index, 32 * index + 32));
}

/** Entries of the folder whose tree blob is `id`, checked; a part of the list that is damaged is reported for `folder`. */
function* entriesOf(blobs, id, folder) {
  let previous = Buffer.alloc(0);
  const leaf = (leafId, top) => {
    const [form, list] = cbor(Buffer.from(blobs.read(2, leafId))); // a copy, so that no whole block is kept
    must(form === 0 || (form === 1 && top), 'its list is not of the format');
    return { form, list };
  };
  const attempt = (action) => {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      problem(folder, `entries of this folder are lost: ${error.message}`);
      return null;
    }
  };
  const first = attempt(() => leaf(id, true));
  for (const part of first?.form === 1 ? first.list : [null]) {
    for (const node of (part === null ? first : attempt(() => leaf(part, false)))?.list ?? []) {
      const name = node.get(0);
      const sound = name.length > 0 && name.length <= 4096 && !/^\.\.?$|[/\0]/.test(name.toString('latin1'));
      if (sound && Buffer.compare(previous, name) < 0) yield node;
      else problem(folder, `an entry has a name that cannot be: ${shown(name)}`);
      previous = name;
    }
  }
}

// ---- Restoring -----------------------------------------------------------------------------------------------------

/** Path of an entry: bytes where names are bytes. Names that Windows takes for something else are refused. */
function pathOf(folder, name, top) {
  if (!WINDOWS) return Buffer.concat([folder, Buffer.from('/'), name]);
  const text = top ? name.toString().replace(/^([A-Za-z]):$/, '$1') : name.toString(); // the drive C: as folder C
  const reserved = /[<>:"|?*\\\x00-\x1f\ufffd]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
  if (reserved.test(text)) throw new Damaged(`Windows cannot have the name ${shown(name)}`);
  return path.join(folder, text);
}

/** Time for Node: as text, for it takes negative numbers for “now”; half a µs on, because it cuts off what is beyond. */
function timeOf([seconds, nanoseconds]) {
  const micros = seconds * 1e6 + Math.floor(nanoseconds / 1000);
  return String((micros + (micros < 0 ? -0.5 : 0.5)) / 1e6);
}

/** Owner (as root), mode, time. Where the owner is another, the file must not run as its user: no setuid, setgid. */
function setMetadata(fd, node) {
  const [uid, gid] = node.get(3);
  if (ROOT) fs.fchownSync(fd, uid, gid);
  const own = ROOT || (uid === process.getuid?.() && gid === process.getgid?.());
  if (!WINDOWS) fs.fchmodSync(fd, node.get(2) & (own ? 0o7777 : 0o1777));
  fs.futimesSync(fd, timeOf(node.get(5)), timeOf(node.get(5)));
}

/** Does `action` for one entry; what goes wrong with this entry alone is listed, and false given back. */
function entry(place, action) {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof Stop) throw error;
    if (['ENOSPC', 'EDQUOT', 'EROFS'].includes(error.code)) {
      throw new Stop(
        `Nothing more can be written to the target (${error.code}). Make room, and begin again with a new folder.`,
      );
    }
    const sentences = {
      EEXIST: 'its name is taken already (does this disk tell capitals from small letters?)',
      ENAMETOOLONG: 'its path is too long here; a --target with a shorter path may help',
    };
    problem(place, error instanceof Damaged ? error.message : (sentences[error.code] ?? error.message));
    return false;
  }
}

const { O_WRONLY, O_CREAT, O_EXCL, O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = fs.constants;
const closed = new Set(); // folders that could not be made: nothing in them is touched
const done = { files: 0, bytes: 0 };

function restoreFile(blobs, node, place) {
  const fd = fs.openSync(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  let size = 0;
  let whole = false;
  try {
    const write = (id) => {
      const bytes = blobs.read(1, id);
      for (let from = 0; from < bytes.length;) from += fs.writeSync(fd, bytes, from);
      size += bytes.length;
      done.bytes += bytes.length;
      progress(() => `${done.files} files, ${amount(done.bytes)} restored`);
    };
    splitIds(node.get(8)).forEach(write);
    for (const list of splitIds(node.get(9))) splitIds(Buffer.from(blobs.read(3, list))).forEach(write);
    must(size === node.get(7), 'its parts have not the length of the file');
    setMetadata(fd, node);
    whole = true;
  } finally {
    fs.closeSync(fd);
    if (!whole) fs.unlinkSync(place); // never half a file that looks whole
  }
  done.files += 1;
}

/** First round: folders and files. No link is there yet, so no path can lead out of the target. */
function restoreFolder(blobs, tree, folder, top) {
  const inner = [];
  for (const node of entriesOf(blobs, tree, folder)) {
    entry(`${shown(folder)}/${shown(node.get(0))}`, () => {
      const place = pathOf(folder, node.get(0), top);
      if (node.get(1) === 1) restoreFile(blobs, node, place);
      else if (node.get(1) === 2) inner.push({ place, tree: Buffer.from(node.get(23)) });
      else must(node.get(1) === 3, 'pipes, sockets and devices are not made again; they hold no contents');
    });
  }
  for (const { place, tree: innerTree } of inner) {
    if (entry(place, () => fs.mkdirSync(place, 0o700))) restoreFolder(blobs, innerTree, place, false);
    else closed.add(place.toString('latin1'));
  }
}

/** Second round: symbolic links; and, from the bottom up, what writing into a folder would have changed. */
function finishFolder(blobs, tree, folder, top) {
  const inner = [];
  for (const node of entriesOf(blobs, tree, folder)) {
    const [type, [uid, gid], time] = [1, 3, 5].map((key) => node.get(key));
    if (type !== 2 && type !== 3) continue;
    entry(`${shown(folder)}/${shown(node.get(0))}`, () => {
      const place = pathOf(folder, node.get(0), top);
      if (type === 2) return inner.push({ place, node });
      fs.symlinkSync(node.get(10), place);
      if (ROOT) fs.lchownSync(place, uid, gid);
      return fs.lutimesSync(place, timeOf(time), timeOf(time));
    });
  }
  for (const { place, node } of inner) {
    if (closed.has(place.toString('latin1')) || !fs.lstatSync(place, { throwIfNoEntry: false })?.isDirectory())
      continue;
    finishFolder(blobs, node.get(23), place, false);
    if (WINDOWS) entry(place, () => fs.utimesSync(place, timeOf(node.get(5)), timeOf(node.get(5))));
    else entry(place, () => withFolder(place, (fd) => setMetadata(fd, node)));
  }
}

function withFolder(place, action) {
  const fd = fs.openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    action(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** The target as it is on disk: made if need be, and empty. */
function openTarget(target, repo) {
  try {
    fs.mkdirSync(target, { recursive: true });
    if (fs.readdirSync(target).length > 0)
      throw new Stop(`${target} is not empty. Name a folder that is new or empty; nothing was written.`);
    const real = fs.realpathSync(target);
    if (`${real}${path.sep}`.startsWith(`${fs.realpathSync(repo)}${path.sep}`)) {
      throw new Stop(`${target} lies inside the backup. Name a folder elsewhere; nothing was written.`);
    }
    return WINDOWS ? real : Buffer.from(real);
  } catch (error) {
    throw error instanceof Stop ? error : new Stop(`${target} cannot be used as target: ${error.message}`);
  }
}

// ---- What the person sees ------------------------------------------------------------------------------------------

const problems = new Set();
let lastProgress = 0;

const say = (text) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${text}\n`);
const note = (text) => say(`Note: ${text}`);

/** Lists one item that does not come back as it was. */
function problem(place, why) {
  const line = `Not restored: ${shown(place)}: ${why}`;
  if (!problems.has(line)) say(line);
  problems.add(line);
}

function progress(text) {
  const now = performance.now();
  if (now - lastProgress < (process.stderr.isTTY ? 200 : 10_000)) return;
  lastProgress = now;
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text()}` : `${text()}\n`);
}

const amount = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** A name as text that can do nothing to a terminal. */
function shown(name) {
  const text = Buffer.isBuffer(name) ? name.toString(isUtf8(name) ? 'utf8' : 'latin1') : String(name);
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${char.codePointAt(0).toString(16)}}`,
  );
}

function list(snapshots) {
  for (const one of snapshots) {
    const when = new Date(one.ended).toISOString().slice(0, 16).replace('T', ' ');
    const facts = `${one.files} files, ${amount(one.bytes)}${one.partial ? ', not complete' : ''}`;
    console.log(`${one.id.slice(0, 16)}  ${when} UTC  ${shown(one.computer)}  ${facts}`);
  }
}

function readFile(file, what) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new Stop(`${what} ${file} cannot be read: ${error.code}.`);
  }
}

function main() {
  const text = { type: 'string' };
  let options;
  try {
    options = parseArgs({ options: { repo: text, 'key-file': text, target: text, snapshot: text } }).values;
  } catch (error) {
    throw new Stop(`${error.message}\n${USAGE}`);
  }
  const { repo, 'key-file': keyFile, target, snapshot: wanted } = options;
  if (repo === undefined || keyFile === undefined) throw new Stop(USAGE);
  const { rootKey, keyOf } = readKey(readFile(keyFile, 'The key file'));
  if (!fs.existsSync(repo)) throw new Stop(`There is no folder ${repo}. Is its disk connected?`);
  const keys = openKeys(repo, rootKey, keyOf);
  const snapshots = findSnapshots(repo, keys);
  list(snapshots);
  if (snapshots.length === 0) throw new Stop('The digits are right, but there is no snapshot that could be read.');
  if (target === undefined)
    return console.log('Add --target NEW-FOLDER to restore the newest complete one, and --snapshot ID for another.');
  const snapshot = choose(snapshots, wanted);
  const folder = openTarget(target, repo);
  console.log(`Restoring ${snapshot.id.slice(0, 16)} to ${shown(folder)}`);
  const blobs = new Blobs(repo, keys, snapshot.client, snapshot.joinedIn);
  restoreFolder(blobs, snapshot.tree, folder, true);
  finishFolder(blobs, snapshot.tree, folder, true);
  if (snapshot.missed > 0) say(`When this snapshot was made, ${snapshot.missed} items could not be backed up.`);
  say(
    `Restored ${done.files} of ${snapshot.files} files, ${amount(done.bytes)}. ${problems.size === 0 ? 'All is well.' : `${problems.size} items are listed above.`}`,
  );
  if (problems.size > 0) process.exitCode = 3;
}

try {
  main();
} catch (error) {
  say(error instanceof Stop ? error.message : `An unexpected fault, not one of your backup: ${error.message}`);
  process.exitCode = 1;
}
