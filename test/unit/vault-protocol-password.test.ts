import { randomBytes } from 'node:crypto';
import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argon2id } from '../../vault/protocol/ksf.ts';
import { MAX_PASSWORD_BYTES, passwordBytes } from '../../vault/protocol/password.ts';
import { checkKsf, DEFAULT_KSF } from '../../vault/protocol/suite.ts';
import { ANY_KSF, protocolCode, TINY_KSF } from '../support/vault/opaque.ts';

const text = (password: string): string => new TextDecoder().decode(passwordBytes(password));

describe('passwords, RFC 8265 section 4.2', () => {
  it.each<[string, string, string]>([
    ['example 9: spaces are kept', 'correct horse battery staple', 'correct horse battery staple'],
    ['example 10: so is case', 'Correct Horse Battery Staple', 'Correct Horse Battery Staple'],
    ['example 11: other scripts', '\u03C0\u00DF\u00E5', '\u03C0\u00DF\u00E5'],
    ['example 12: symbols', 'Jack of \u2666s', 'Jack of \u2666s'],
    ['example 13: another space', 'foo\u1680bar', 'foo bar'],
    ['no-break and wide spaces', 'a\u00A0b\u3000c', 'a b c'],
    ['blanks at both ends', ' x ', ' x '],
    ['nothing but a blank', ' ', ' '],
    ['decomposed letters', 'Zu\u0308rich', 'Z\u00FCrich'],
    ['decomposed Hangul, as macOS has it', '\u1112\u1161\u11AB', '\uD55C'],
    ['full width stays', '\uFF21', '\uFF21'],
    ['a simple emoji', '\u{1F511}', '\u{1F511}'],
    ['a middle dot between two l', 'col\u00B7laborar', 'col\u00B7laborar'],
    ['Arabic digits', '\u0661\u0662', '\u0661\u0662'],
    ['a Katakana dot in Japanese', '\u30A2\u30FB\u30A2', '\u30A2\u30FB\u30A2'],
  ])('%s', (_what, typed, expected) => {
    expect(text(typed)).toBe(expected);
  });

  it.each<[string, string]>([
    ['example 14: empty', ''],
    ['example 15: a tab', 'my cat is a \u0009by'],
    ['a line end', 'a\n'],
    ['a zero byte', 'a\0'],
    ['delete', 'a\u007F'],
    ['a zero-width space', 'a\u200Bb'],
    ['a joiner', 'a\u200Db'],
    ['a variation selector', '\u2764\uFE0F'],
    ['a byte order mark', '\uFEFFa'],
    ['a soft hyphen', 'a\u00ADb'],
    ['a direction mark', 'a\u202Eb'],
    ['half of a surrogate pair', 'a\uD83D'],
    ['private use', 'a\uE000'],
    ['a noncharacter', 'a\uFFFF'],
    ['unassigned', 'a\u0378'],
    ['old Hangul', '\u1112'],
    ['tatweel', '\u0640'],
    ['a middle dot elsewhere', 'a\u00B7b'],
    ['a Katakana dot elsewhere', 'a\u30FBb'],
    ['a Greek sign before Latin', '\u0375a'],
    ['a Hebrew sign after Latin', 'a\u05F3'],
    ['two kinds of Arabic digits', '\u0661\u06F2'],
    ['1,025 bytes', 'a'.repeat(MAX_PASSWORD_BYTES + 1)],
  ])('refuses %s', (_what, typed) => {
    expect(protocolCode(() => passwordBytes(typed))).toBe('password-refused');
  });

  it('says which character, and nothing of the rest', () => {
    expect(() => passwordBytes('hunter2\t')).toThrow(/^U\+0009 /);
    expect(() => passwordBytes('hunter2\t')).not.toThrow(/hunter/);
  });

  it('gives the same bytes for what it gave before, in every normal form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (typed) => {
        if (protocolCode(() => passwordBytes(typed)) !== null) return;
        const once = text(typed);
        expect(text(once)).toBe(once);
        expect(text(typed.normalize('NFD'))).toBe(once);
        expect(text(typed.normalize('NFC'))).toBe(once);
      }),
    );
  });

  it('takes every printable ASCII character', () => {
    const all = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
    expect(text(all)).toBe(all);
  });
});

describe('Argon2id', () => {
  it('takes the default, and both ends of the bounds', () => {
    checkKsf(DEFAULT_KSF);
    checkKsf({ memoryKiB: 65_536, iterations: 1, parallelism: 1 });
    checkKsf({ memoryKiB: 2_097_152, iterations: 10, parallelism: 16 });
  });

  it.each([
    { memoryKiB: 65_535 },
    { memoryKiB: 2_097_153 },
    { memoryKiB: 0xffff_ffff },
    { memoryKiB: 8 },
    { memoryKiB: Number.NaN },
    { memoryKiB: 65_536.5 },
    { iterations: 0 },
    { iterations: 11 },
    { iterations: 0xffff_ffff },
    { parallelism: 0 },
    { parallelism: 17 },
    { parallelism: -4 },
  ])('refuses %o before it takes any memory', (change) => {
    expect(protocolCode(() => argon2id({ ...DEFAULT_KSF, ...change }))).toBe('ksf-refused');
  });

  it('refuses what tests use, unless it is told other bounds', () => {
    expect(protocolCode(() => argon2id(TINY_KSF))).toBe('ksf-refused');
    expect(protocolCode(() => argon2id(TINY_KSF, ANY_KSF))).toBeNull();
  });

  it('is Argon2id, version 1.3, with a salt of 16 zeros, as another implementation has it', async () => {
    const stretch = argon2id({ memoryKiB: 64, iterations: 2, parallelism: 2 }, ANY_KSF);
    const input = Uint8Array.from(randomBytes(32));
    const other = nobleArgon2id(input, new Uint8Array(16), { m: 64, t: 2, p: 2, dkLen: 32, version: 0x13 });
    expect(await stretch(input)).toEqual(other);
  });

  it('runs off the main thread', async () => {
    const order: string[] = [];
    const stretched = argon2id({ memoryKiB: 65_536, iterations: 1, parallelism: 1 })(new Uint8Array(32)).then(() =>
      order.push('stretched'),
    );
    // On this thread the hash would be there before the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
    order.push('turned');
    await stretched;
    expect(order).toEqual(['turned', 'stretched']);
  });
});
