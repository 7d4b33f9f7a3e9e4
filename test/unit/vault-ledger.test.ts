/** The pure parts of the ledger: the chain of the log, records at rest, wrapped data keys, service time. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addSalt, commitmentOf, keyNumberOf, openRecord, sealRecord } from '../../vault/ledger/at-rest.ts';
import { ServiceClock } from '../../vault/ledger/clock.ts';
import { publishWrapKey, readWrapKey, unwrapDataKey, wrapDataKey } from '../../vault/ledger/key-wrap.ts';
import {
  checkMark,
  decodeHead,
  encodeHead,
  logKey,
  markHead,
  readChain,
  sha256,
  START,
} from '../../vault/ledger/log.ts';
import { majorityOf } from '../../vault/ledger/sites.ts';
import { checkChange, writeEntries } from '../../vault/ledger/write.ts';
import type { NewEntry } from '../../vault/ledger/write.ts';
import type { Entry } from '../../vault/store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SoftwareToken } from '../support/vault/software-hsm.ts';

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const KEY = { number: 7, key: random(32) };
const PLACE = { clusterId: 'cluster', site: 'one', at: 1000 };

const entries = fc.array(
  fc.record({
    type: fc.constantFrom('charge', 'reset', 'destroy'),
    record: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
    state: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
    facts: fc.dictionary(fc.constantFrom('evaluations', 'logins'), fc.nat()),
    operation: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  }),
  { minLength: 2, maxLength: 6 },
) satisfies fc.Arbitrary<NewEntry[]>;

function stored(list: NewEntry[]): { log: Entry[]; head: Uint8Array } {
  const puts = writeEntries(PLACE, START, list, KEY).puts.map((put) => ({ ...put, revision: 1 }));
  return { log: puts.slice(0, -1), head: puts.at(-1)!.value };
}

describe('the log', () => {
  it('is read as it was written, and its head names the last entry', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const { log, head } = stored(list);
        const { lines, hashes } = readChain(log, START);
        expect(
          lines.map(({ type, record, state, facts, operation }) => ({ type, record, state, facts, operation })),
        ).toEqual(list.map((entry) => ({ ...entry, facts: { ...entry.facts } })));
        expect(lines.map((line) => line.index)).toEqual(list.map((_, i) => i + 1));
        expect(decodeHead(head)).toMatchObject({ index: list.length, hash: hashes.at(-1), at: 1000, key: 7 });
      }),
      { numRuns: 50 },
    );
  });

  it('with any bit changed is refused, or ends in another hash', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat(), (list, which, bit) => {
        const { log, head } = stored(list);
        const entry = log[which % log.length]!;
        const value = Uint8Array.from(entry.value);
        value[(bit >> 3) % value.length]! ^= 1 << (bit & 7);
        const changed = log.map((other) => (other === entry ? { ...entry, value } : other));
        let last: Uint8Array | undefined;
        try {
          last = readChain(changed, START).hashes.at(-1);
        } catch (error) {
          expect(error).toMatchObject({ name: expect.stringMatching(/^(ProtocolError|LedgerError)$/) });
          return;
        }
        expect(last).not.toEqual(decodeHead(head).hash);
      }),
      { numRuns: 300 },
    );
  });

  it('with an entry left out, twice, moved or of another log is refused', () => {
    fc.assert(
      fc.property(entries, entries, (list, others) => {
        const { log } = stored(list);
        const other = stored(others).log[0]!;
        const rest = log.slice(1);
        for (const wrong of [rest, [...log, log[0]!], [log[1]!, log[0]!], [{ ...log[0]!, key: logKey(2) }]]) {
          expect(() => readChain(wrong, START)).toThrow();
        }
        fc.pre(!Buffer.from(other.value).equals(log[0]!.value));
        expect(() => readChain([other, ...rest], START)).toThrow(/does not follow/);
      }),
      { numRuns: 30 },
    );
  });

  it('has a head that only who holds the data key can make', () => {
    const { head } = stored([{ type: 'charge', record: null, state: null, facts: {}, operation: random(16) }]);
    const read = decodeHead(head);
    expect(encodeHead(read)).toEqual(head);
    expect(() => checkMark(markHead(KEY.key, 'cluster', read), read.mark, 'it')).not.toThrow();
    const wrong = [
      markHead(random(32), 'cluster', read),
      markHead(KEY.key, 'other', read),
      markHead(KEY.key, 'cluster', { ...read, index: 2 }),
      markHead(KEY.key, 'cluster', { ...read, at: 1001 }),
      markHead(KEY.key, 'cluster', { ...read, hash: sha256(head) }),
    ];
    for (const expected of wrong) {
      expect(() => checkMark(expected, read.mark, 'it')).toThrow(expect.objectContaining({ code: 'damaged' }));
    }
  });

  it('is in the order of its keys', () => {
    const keys = [0, 1, 9, 10, 255, 256, 4095, 2 ** 40].map(logKey);
    expect([...keys].sort()).toEqual(keys);
    expect(logKey(255)).toBe('log/00000000000000ff');
  });
});

describe('a record at rest', () => {
  it('opens under its key, id and number, and under nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (state, bit) => {
        const id = random(32);
        const salted = addSalt(state);
        const sealed = sealRecord(KEY, id, salted);
        expect(keyNumberOf(sealed)).toBe(7);
        const opened = openRecord(KEY.key, id, sealed);
        expect(Buffer.from(opened.state).equals(state)).toBe(true);
        const changed = Uint8Array.from(sealed);
        changed[(bit >> 3) % changed.length]! ^= 1 << (bit & 7);
        expect(() => openRecord(KEY.key, id, changed)).toThrow();
        expect(() => openRecord(KEY.key, random(32), sealed)).toThrow();
        expect(() => openRecord(random(32), id, sealed)).toThrow();
      }),
      { numRuns: 100 },
    );
  });

  it('keeps its name in the log when it is sealed again, and tells nothing by it', () => {
    const id = random(32);
    const salted = addSalt(new Uint8Array(8));
    const again = openRecord(KEY.key, id, sealRecord(KEY, id, salted));
    const other = { number: 8, key: random(32) };
    const later = openRecord(other.key, id, sealRecord(other, id, again.salted));
    expect(later.commitment).toEqual(commitmentOf(id, salted));
    // The same state twice, and in two records: three names.
    expect(commitmentOf(id, addSalt(new Uint8Array(8)))).not.toEqual(later.commitment);
    expect(commitmentOf(random(32), salted)).not.toEqual(later.commitment);
  });

  it('of an unknown form is refused', () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(2, 0, 0, 0, 1), Uint8Array.of(1, 0, 0, 0)]) {
      expect(() => keyNumberOf(bytes)).toThrow(expect.objectContaining({ code: 'damaged' }));
    }
  });
});

describe('a wrapped data key', () => {
  const from = new SoftwareToken().open();
  const to = new SoftwareToken().open();
  const sites = [
    { name: 'from', publicKey: from.publicKeys.site },
    { name: 'to', publicKey: to.publicKeys.site },
  ];
  const place = { clusterId: 'cluster', number: 3, site: 'to' };

  it('opens at its site and place only', async () => {
    const key = await to.createWrapKey();
    const own = await to.listWrapKeys();
    const dataKey = random(32);
    const wrapped = await wrapDataKey(from, 'from', place, key, dataKey);
    expect(await unwrapDataKey(to, sites, place, own, wrapped)).toEqual(dataKey);
    for (const other of [
      { ...place, number: 4 },
      { ...place, site: 'from' },
      { ...place, clusterId: 'other' },
    ]) {
      await expect(unwrapDataKey(to, sites, other, own, wrapped)).rejects.toMatchObject({ code: 'damaged' });
    }
    await expect(unwrapDataKey(from, sites, place, [], wrapped)).rejects.toMatchObject({ code: 'damaged' });
    for (let bit = 0; bit < wrapped.length * 8; bit += 97) {
      const changed = Uint8Array.from(wrapped);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      await expect(unwrapDataKey(to, sites, place, own, changed)).rejects.toBeDefined();
    }
    await to.destroyWrapKey(key.id);
    await expect(unwrapDataKey(to, sites, place, own, wrapped)).rejects.toMatchObject({ code: 'not-initialised' });
  });

  it('and the key that it is wrapped to are believed of configured sites alone', async () => {
    const stranger = new SoftwareToken().open();
    const key = await to.createWrapKey();
    const forged = await wrapDataKey(stranger, 'from', place, key, random(32));
    await expect(unwrapDataKey(to, sites, place, await to.listWrapKeys(), forged)).rejects.toMatchObject({
      code: 'damaged',
    });
    const published = await publishWrapKey(to, 'cluster', 'to', key, 3);
    expect(readWrapKey(sites, 'cluster', 'to', published)).toEqual({ ...key, number: 3 });
    expect(readWrapKey(sites, 'other', 'to', published)).toBeNull();
    expect(readWrapKey(sites, 'cluster', 'from', published)).toBeNull();
    expect(readWrapKey(sites, 'cluster', 'to', await publishWrapKey(stranger, 'cluster', 'to', key, 3))).toBeNull();
  });
});

describe('service time', () => {
  it('goes with the monotonic clock, jumps forward to news, and never back', () => {
    const fake = new FakeClock(50_000);
    let monotonic = 900;
    const clock = { now: () => fake.now(), monotonic: () => monotonic, after: fake.after.bind(fake) };
    const time = new ServiceClock(clock);
    expect(time.now()).toBe(0);
    monotonic += 250.7;
    expect(time.now()).toBe(250);
    time.advanceTo(10_000);
    expect(time.now()).toBe(10_000);
    time.advanceTo(9000);
    monotonic += 5;
    expect(time.now()).toBe(10_005);
    // The wall clock jumps; nothing happens.
    fake.advance(10 ** 9);
    expect(time.now()).toBe(10_005);
  });
});

describe('what a ledger is asked for', () => {
  const good = { operationId: '0'.repeat(32), recordId: random(32), revision: 0, state: random(4), type: 'charge' };

  it('is checked before it shares a transaction with others', () => {
    checkChange(good);
    checkChange({ ...good, state: null, facts: { evaluations: 1 } });
    const wrong = [
      { operationId: 'x' },
      { operationId: 'A'.repeat(32) },
      { recordId: random(31) },
      { revision: -1 },
      { revision: 0.5 },
      { type: '' },
      { type: 'a b' },
      { facts: { evaluations: 0.5 } },
      { state: new Uint8Array(512 * 1024 + 1) },
    ];
    for (const part of wrong) expect(() => checkChange({ ...good, ...part })).toThrow(RangeError);
  });

  it('is decided by a majority', () => {
    expect([1, 2, 3, 4, 5].map(majorityOf)).toEqual([1, 2, 2, 3, 3]);
  });
});
