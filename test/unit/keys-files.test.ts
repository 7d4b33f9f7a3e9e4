import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HoldfastError } from '../../main/errors.ts';
import { english } from '../../main/text.ts';
import {
  CAPABILITY_FILE,
  capabilityAccount,
  hasCapability,
  openCapability,
  READER_KEY_FILE,
  sealCapability,
  type Capability,
  type CapabilityKeySource,
} from '../../main/keys/capability-file.ts';
import { keyFromDigits, keyText, toHex } from '../../main/keys/digits.ts';
import { createKeyFile, readKeyFile } from '../../main/keys/key-file.ts';
import { RootKey } from '../../main/keys/secret.ts';
import { openSecretStore, type SecretStore } from '../../main/keys/store.ts';

interface Vector {
  capabilityFile: { sealingKey: string; repoId: string; clientId: string; contents: string; file: string };
}
const vector = (JSON.parse(readFileSync('test/vectors/kit.json', 'utf8')) as Vector).capabilityFile;
const posix = process.platform !== 'win32';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function rejection(promise: Promise<unknown>): Promise<HoldfastError> {
  const error: unknown = await promise.then(
    () => new Error('no error was thrown'),
    (reason: unknown) => reason,
  );
  if (error instanceof HoldfastError) return error;
  throw error;
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

/** A capability whose CBOR stands as random bytes round the hash of the reader key. */
function enrolled(contents = randomBytes(300)): Capability {
  const readerPublicKey = new Uint8Array(randomBytes(1216));
  const hash = createHash('sha256').update(readerPublicKey).digest();
  return {
    capability: new Uint8Array(Buffer.concat([contents, hash, randomBytes(10)])),
    readerPublicKey,
    repoId: randomBytes(16).toString('hex'),
    clientId: randomBytes(16).toString('hex'),
  };
}

const memory = (): Promise<SecretStore> => openSecretStore({ load: () => Promise.reject(new Error('none')) });

describe.each(['keychain', 'key-file'] as const)('capability file with its key in a %s', (kind) => {
  let source: CapabilityKeySource;
  let place: string;
  beforeEach(async () => {
    place = join(folder, 'state', 'client');
    source =
      kind === 'keychain'
        ? { kind: 'keychain', store: await memory() }
        : { kind: 'key-file', path: join(folder, 'capability.key') };
  });

  test('is opened as it was sealed, with private modes and no left-overs', async () => {
    const made = enrolled();
    expect(await hasCapability(place)).toBe(false);
    await sealCapability(place, made, source);
    expect(await hasCapability(place)).toBe(true);
    expect(await openCapability(place, source)).toEqual(made);
    expect((await readdir(place)).sort()).toEqual([CAPABILITY_FILE, READER_KEY_FILE]);
    if (posix) {
      expect(await modeOf(place)).toBe(0o700);
      expect(await modeOf(join(place, CAPABILITY_FILE))).toBe(0o600);
      expect(await modeOf(join(place, READER_KEY_FILE))).toBe(0o600);
    }
  });

  test('holds nothing of the capability in the clear', async () => {
    const made = enrolled();
    await sealCapability(place, made, source);
    const file = await readFile(join(place, CAPABILITY_FILE));
    for (let at = 0; at + 16 <= made.capability.length; at += 16) {
      expect(file.includes(Buffer.from(made.capability.subarray(at, at + 16)))).toBe(false);
    }
    expect(file.length).toBe(8 + 1 + 16 + 16 + 24 + made.capability.length + 16);
  });

  test('a new capability of the same client replaces the old one under the same key, with another nonce', async () => {
    const made = enrolled();
    await sealCapability(place, made, source);
    const first = await readFile(join(place, CAPABILITY_FILE));
    await sealCapability(place, made, source);
    const second = await readFile(join(place, CAPABILITY_FILE));
    expect(second.subarray(41, 65)).not.toEqual(first.subarray(41, 65));
    const next = { ...enrolled(), repoId: made.repoId, clientId: made.clientId };
    await sealCapability(place, next, source);
    expect(await openCapability(place, source)).toEqual(next);
    // The old file with its own reader key still opens: the key was not replaced.
    await writeFile(join(place, CAPABILITY_FILE), first);
    await writeFile(join(place, READER_KEY_FILE), made.readerPublicKey);
    expect(await openCapability(place, source)).toEqual(made);
  });

  test('every flipped bit, every cut and every wrong part is an error of its own', async () => {
    const made = enrolled(randomBytes(20));
    await sealCapability(place, made, source);
    const path = join(place, CAPABILITY_FILE);
    const file = await readFile(path);
    const codes = new Set<string>();
    for (let at = 0; at < file.length; at++) {
      const broken = Buffer.from(file);
      broken[at] = (broken[at] ?? 0) ^ (1 << (at & 7));
      await writeFile(path, broken);
      codes.add((await rejection(openCapability(place, source))).code);
    }
    // A changed id in the header names another account in the keychain, where there is no key.
    const expected = ['capability-damaged', 'newer-format', ...(kind === 'keychain' ? ['capability-missing'] : [])];
    expect([...codes].sort()).toEqual(expected.sort());
    for (const length of [0, 7, 64, 80, file.length - 1]) {
      await writeFile(path, file.subarray(0, length));
      expect((await rejection(openCapability(place, source))).code).toBe('capability-damaged');
    }
    await writeFile(path, Buffer.concat([file, Buffer.alloc(1)]));
    expect((await rejection(openCapability(place, source))).code).toBe('capability-damaged');
    await writeFile(path, Buffer.alloc(70_000));
    expect((await rejection(openCapability(place, source))).code).toBe('capability-damaged');
  });

  test('a reader key that was changed, cut or removed is noticed', async () => {
    const made = enrolled();
    await sealCapability(place, made, source);
    const path = join(place, READER_KEY_FILE);
    const changed = made.readerPublicKey.slice();
    changed[1000] = (changed[1000] ?? 0) ^ 1;
    for (const bytes of [changed, changed.subarray(0, 1215), new Uint8Array(1217)]) {
      await writeFile(path, bytes);
      expect((await rejection(openCapability(place, source))).code).toBe('capability-damaged');
    }
    await rm(path);
    expect((await rejection(openCapability(place, source))).code).toBe('capability-damaged');
  });

  test('a missing file and a missing key both say how this computer is set up again', async () => {
    const nowhere = await rejection(openCapability(join(folder, 'nowhere'), source));
    expect(nowhere.code).toBe('capability-missing');
    expect(nowhere.guidance).toContain('Unlock with your 64 digits once');
    const made = enrolled();
    await sealCapability(place, made, source);
    if (source.kind === 'keychain') await source.store.delete(capabilityAccount(made.repoId, made.clientId));
    else await rm(source.path);
    expect((await rejection(openCapability(place, source))).code).toBe('capability-missing');
    await sealCapability(place, made, source);
    expect(await openCapability(place, source)).toEqual(made);
  });

  test('a capability that does not name its reader key is not sealed', async () => {
    const made = { ...enrolled(), readerPublicKey: new Uint8Array(1216) };
    await expect(sealCapability(place, made, source)).rejects.toThrow(RangeError);
    expect(await hasCapability(place)).toBe(false);
  });
});

describe('capability key file', () => {
  const source = (): CapabilityKeySource => ({ kind: 'key-file', path: join(folder, 'k') });

  test('is 64 hexadecimal digits, private, and never written again', async () => {
    await sealCapability(folder, enrolled(), source());
    const text = await readFile(join(folder, 'k'), 'latin1');
    expect(text).toMatch(/^[0-9a-f]{64}\n$/);
    if (posix) expect(await modeOf(join(folder, 'k'))).toBe(0o600);
    await sealCapability(folder, enrolled(), source());
    expect(await readFile(join(folder, 'k'), 'latin1')).toBe(text);
  });

  test.runIf(posix)('is refused where group or others may read it', async () => {
    const made = enrolled();
    await sealCapability(folder, made, source());
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(join(folder, 'k'), mode);
      const error = await rejection(openCapability(folder, source()));
      expect([error.code, error.guidance]).toEqual(['bad-input', expect.stringContaining('chmod 600')]);
      expect((await rejection(sealCapability(folder, made, source()))).code).toBe('bad-input');
    }
    await chmod(join(folder, 'k'), 0o400);
    expect(await openCapability(folder, source())).toEqual(made);
  });

  test('is refused, and kept as it is, where it is something else', async () => {
    for (const text of ['', 'hello\n', '12'.repeat(31), `${'12'.repeat(32)} more`, 'x'.repeat(2000)]) {
      await writeFile(join(folder, 'k'), text, { mode: 0o600 });
      expect((await rejection(sealCapability(folder, enrolled(), source()))).code).toBe('bad-input');
      expect(await readFile(join(folder, 'k'), 'latin1')).toBe(text);
    }
    await rm(join(folder, 'k'));
    await mkdir(join(folder, 'k'));
    expect((await rejection(sealCapability(folder, enrolled(), source()))).code).toBe('bad-input');
  });

  test('the vector made with another implementation opens', async () => {
    const parts = Array.from({ length: 38 }, (_, i) => createHash('sha256').update(`reader${i}`).digest());
    await writeFile(join(folder, 'k'), vector.sealingKey, { mode: 0o600 });
    await writeFile(join(folder, CAPABILITY_FILE), Buffer.from(vector.file, 'hex'));
    await writeFile(join(folder, READER_KEY_FILE), Buffer.concat(parts).subarray(0, 1216));
    const opened = await openCapability(folder, source());
    expect(toHex(opened.capability)).toBe(vector.contents);
    expect([opened.repoId, opened.clientId]).toEqual([vector.repoId, vector.clientId]);
  });

  test('a folder that cannot be made is an error with a way out', async () => {
    await writeFile(join(folder, 'file'), '');
    const error = await rejection(sealCapability(join(folder, 'file', 'state'), enrolled(), source()));
    expect(error.code).toBe('target-denied');
    expect(error.guidance).toContain('Nothing that was there is lost.');
  });
});

describe('key file', () => {
  test('is read back as it was written, whatever the key', async () => {
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (bytes) => {
        const path = join(folder, `key-${n++}`);
        await createKeyFile(path, new RootKey(bytes));
        const read = await readKeyFile(path);
        expect(read.key.copy()).toEqual(bytes);
        expect(read.warnings).toEqual([]);
        if (posix) expect(await modeOf(path)).toBe(0o600);
      }),
      { numRuns: 20 },
    );
  });

  test('is never overwritten, not even an empty one', async () => {
    const path = join(folder, 'key');
    await writeFile(path, '');
    const error = await rejection(createKeyFile(path, RootKey.generate()));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain('does not overwrite');
    expect((await stat(path)).size).toBe(0);
  });

  test('a key file below a folder that is not there says so', async () => {
    expect((await rejection(createKeyFile(join(folder, 'no', 'key'), RootKey.generate()))).code).toBe('target-denied');
  });

  test('is taken in other layouts and encodings', async () => {
    const key = RootKey.generate();
    const hex = key.read(toHex);
    const path = join(folder, 'key');
    const texts = [hex, `${hex}\r\n`, `\ufeff${keyText(key)}`, keyText(key).replaceAll(' ', '-')];
    const files = [
      ...texts.map((text) => Buffer.from(text)),
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(hex, 'utf16le')]),
    ];
    for (const bytes of files) {
      await writeFile(path, bytes, { mode: 0o600 });
      expect((await readKeyFile(path)).key.equals(key)).toBe(true);
    }
  });

  test.runIf(posix)('warns where others may read it, and says what it read as digits', async () => {
    const path = join(folder, 'key');
    await writeFile(path, `${'0'.repeat(63)}O`);
    await chmod(path, 0o644);
    const read = await readKeyFile(path);
    expect(read.key.equals(keyFromDigits('0'.repeat(64)))).toBe(true);
    expect(read.warnings.map(english)).toEqual([
      expect.stringContaining('Row D: read the letter O as the digit 0.'),
      expect.stringContaining(`chmod 600 ${path}`),
    ]);
  });

  test('what is no key file is named', async () => {
    const path = join(folder, 'key');
    expect((await rejection(readKeyFile(path))).message).toBe(`There is no key file ${path}.`);
    expect((await rejection(readKeyFile(folder))).code).toBe('bad-input');
    await writeFile(path, 'hello');
    expect((await rejection(readKeyFile(path))).code).toBe('key-malformed');
    await writeFile(path, 'A'.repeat(20_000));
    expect((await rejection(readKeyFile(path))).message).toBe(`${path} is too long for a key file.`);
  });
});
