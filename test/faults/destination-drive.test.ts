/**
 * Google Drive with a fault at every request of every call: nothing is lost, nothing is doubled, no byte is wrong. The
 * daily runs take one or two requests for each kind of fault; the long ones take all.
 */
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DriveDestination } from '../../main/destinations/google-drive/drive-destination.ts';
import { HoldfastError } from '../../main/errors.ts';
import { makeDrive, type DriveUnderTest } from '../support/destination-drive.ts';
import { all, expectBytes, spool } from '../support/destination-helpers.ts';
import { nameFor, numbered, random } from '../support/destination-names.ts';
import type { FakeFault } from '../support/fake-google/fake-google.ts';

const KINDS = ['before', 'after', 'cut', 'lost', 'short', 'stall'] as const satisfies FakeFault[];
const SOAK = process.env['HOLDFAST_SOAK'] === '1';

/** Where in a call the daily runs let each fault happen, from its first request (0) to its last (1), which decides. */
const DAILY: Record<(typeof KINDS)[number], number[]> = {
  before: [0],
  after: [0.5, 1],
  cut: [0.5],
  lost: [0.75, 1],
  short: [1],
  stall: [0.25],
};
const STALL_MS = 250;
const UNIT = 256 * 1024;
const OLD = numbered(7, 3_000);
const BYTES = random(2 * UNIT + 1_000);
const NAME = nameFor(BYTES);

interface Case {
  pieceBytes?: number;
  /** Prepares, and gives back the call. It runs on an instance that has asked Drive for nothing yet. */
  prepare(under: DriveUnderTest, destination: DriveDestination): Promise<() => Promise<void>>;
  /** What holds after each failed try, and at the end. */
  check(under: DriveUnderTest, done: boolean): void;
}

const CASES: Record<string, Case> = {
  'a small put': {
    prepare: async (_, destination) => async () => await destination.put(nameFor(OLD, 's'), OLD),
    check: (under, done) => expectFile(under, nameFor(OLD, 's'), done ? OLD : null),
  },
  'a large put': {
    pieceBytes: 8 * UNIT,
    prepare: async (_, destination) => {
      const large = new Uint8Array(6 * 2 ** 20).fill(3);
      return async () => await destination.put(nameFor(large), large);
    },
    check: (under, done) => {
      const large = new Uint8Array(6 * 2 ** 20).fill(3);
      expectFile(under, nameFor(large), done ? large : null);
    },
  },
  'a put that replaces': {
    prepare: async (under, destination) => {
      await under.destination.put('repo.json', OLD);
      return async () => await destination.put('repo.json', BYTES);
    },
    check: (under, done) => {
      const [file, ...others] = under.filesOf('repo.json');
      expect(others).toEqual([]);
      const isNew = file?.content?.equals(BYTES) === true;
      expect(isNew || (!done && file?.content?.equals(OLD))).toBe(true);
    },
  },
  'a publish': {
    prepare: async (_, destination) => {
      const file = await spool(destination, BYTES);
      return async () => {
        await destination.publish(file, NAME);
        expect([existsSync(file), existsSync(`${file}.upload`)]).toEqual([false, false]);
      };
    },
    check: (under, done) => expectFile(under, NAME, done ? BYTES : null),
  },
  'a get': {
    prepare: async (under, destination) => {
      await under.destination.put(NAME, BYTES);
      return async () => expectBytes(await destination.get(NAME), BYTES);
    },
    check: (under) => expectFile(under, NAME, BYTES),
  },
  'a range': {
    prepare: async (under, destination) => {
      await under.destination.put(NAME, BYTES);
      return async () => expectBytes(await destination.getRange(NAME, UNIT, 999), BYTES.subarray(UNIT, UNIT + 999));
    },
    check: (under) => expectFile(under, NAME, BYTES),
  },
  'a list': {
    prepare: async (under, destination) => {
      for (let number = 0; number < 3; number += 1)
        await under.destination.put(nameFor(numbered(number)), numbered(number));
      return async () => {
        const found = (await all(destination, '')).map((info) => info.name);
        expect(found.sort()).toEqual([0, 1, 2].map((number) => nameFor(numbered(number))).sort());
      };
    },
    check: () => undefined,
  },
  'a stat': {
    prepare: async (under, destination) => {
      await under.destination.put(NAME, BYTES);
      return async () => {
        expect(await destination.stat(NAME)).toMatchObject({ size: BYTES.length });
        expect(await destination.stat(nameFor(OLD))).toBeNull();
      };
    },
    check: (under) => expectFile(under, NAME, BYTES),
  },
  'a removal': {
    prepare: async (under, destination) => {
      await under.destination.put(NAME, BYTES);
      return async () => await destination.remove(NAME);
    },
    check: (under, done) => {
      if (done) expect(under.filesOf(NAME)).toEqual([]);
    },
  },
  'an init': {
    prepare: async (under, destination) => {
      await under.destination.undoInit();
      return async () => await destination.init();
    },
    check: (under, done) => {
      const folders = under.filesOf('k').length + under.filesOf('c').length;
      if (done) expect(folders).toBe(2);
      else expect(folders).toBeLessThanOrEqual(2);
    },
  },
};

for (const [name, each] of Object.entries(CASES)) {
  describe(`${name}, with a fault at each request`, () => {
    let requests = 0;
    beforeAll(async () => {
      requests = (await tryWith(each, null, 0)).requests;
      expect(requests).toBeGreaterThan(0);
    });

    test.each(KINDS)('%s', async (kind) => {
      if (!SOAK) {
        const numbers = new Set(DAILY[kind].map((part) => 1 + Math.round(part * (requests - 1))));
        for (const number of numbers) expect((await tryWith(each, kind, number)).faults).toBe(1);
        return;
      }
      // A fault may be followed by more requests than there are without one.
      for (let number = 1, last = requests; number <= last; number += 1) {
        const met = await tryWith(each, kind, number);
        last = Math.max(last, met.requests - met.faults);
      }
    });
  });
}

/** One call, with a fault at its request of this number, from 1, until it succeeds. */
async function tryWith(
  { prepare, check, pieceBytes = UNIT }: Case,
  kind: (typeof KINDS)[number] | null,
  number: number,
): Promise<{ requests: number; faults: number }> {
  const under = await makeDrive({ pieceBytes });
  try {
    const destination = await under.again(kind === 'stall' ? { stallMs: STALL_MS } : {});
    const run = await prepare(under, destination);
    const from = under.google.calls.length;
    if (kind !== null) under.google.fault = (call) => (call.number === from + number ? kind : null);
    for (let tries = 1; tries <= 4; tries += 1) {
      const failure = await run().then(
        () => null,
        (error: unknown) => error,
      );
      if (failure === null) break;
      expectTemporary(failure, kind, under);
      expect(tries).toBeLessThan(4);
      check(under, false);
    }
    check(under, true);
    return { requests: under.google.calls.length - from, faults: under.google.faults };
  } finally {
    await under.dispose();
  }
}

function expectFile(under: DriveUnderTest, name: string, bytes: Uint8Array | null): void {
  const files = under.filesOf(name);
  expect(files.length).toBeLessThanOrEqual(1); // never twice
  const [file] = files;
  if (bytes === null) {
    if (file !== undefined) expect(file.name).toBe(name.slice(-64)); // lost answer: there, and whole
    return;
  }
  expect(file?.content?.equals(bytes)).toBe(true);
}

/** Every one of these faults may be over soon, and is told as such, without a secret. */
function expectTemporary(error: unknown, kind: string | null, under: DriveUnderTest): void {
  if (!(error instanceof HoldfastError)) throw error;
  expect(error.retry).toEqual({ afterMs: null });
  const expected = kind === 'before' || kind === 'after' ? 'destination-failed' : 'destination-offline';
  expect([kind, error.code]).toEqual([kind, expected]);
  const told = JSON.stringify([error.toInfo(), String(error.cause), error.stack]);
  for (const secret of under.google.accounts.secrets()) expect(told).not.toContain(secret);
  for (const session of under.google.uploads.sessions.keys()) expect(told).not.toContain(session);
}
