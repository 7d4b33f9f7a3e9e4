/**
 * Passwords as bytes: the OpaqueString profile of RFC 8265 section 4.2 over the FreeformClass of RFC 8264, so that one
 * password typed on two keyboards is the same bytes. Nothing is trimmed and no case is folded.
 */
import { utf8 } from './bytes.ts';
import { ProtocolError } from './errors.ts';

/** Longest password in bytes of UTF-8. */
export const MAX_PASSWORD_BYTES = 1024;

/** Letters, digits, marks, symbols, punctuation and spaces: what FreeformClass allows (RFC 8264 section 4.3.1). */
const ALLOWED = /^[\p{L}\p{N}\p{M}\p{S}\p{P}\p{Zs}]$/u;
/** Exceptions (F) that are disallowed, RFC 8264 section 9.6. */
const EXCEPTIONS = /^[\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B]$/u;
/** OldHangulJamo (I), RFC 8264 section 9.9. */
const OLD_HANGUL = /^[\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7C6\uD7CB-\uD7FB]$/u;
/**
 * PrecisIgnorableProperties (M), and the joiners, which RFC 5892 allows in a few scripts after a virama only: typed by
 * accident more often than not, and not to be seen.
 */
const IGNORABLE = /^[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]$/u;

/** Context rules (CONTEXTO) of RFC 5892 appendices A.3 to A.9: whether the character at `i` may stand there. */
const CONTEXT: { of: RegExp; allows(chars: string[], i: number): boolean }[] = [
  { of: /^\u00B7$/u, allows: (chars, i) => chars[i - 1] === 'l' && chars[i + 1] === 'l' },
  { of: /^\u0375$/u, allows: (chars, i) => /^\p{Script=Greek}$/u.test(chars[i + 1] ?? '') },
  { of: /^[\u05F3\u05F4]$/u, allows: (chars, i) => /^\p{Script=Hebrew}$/u.test(chars[i - 1] ?? '') },
  {
    of: /^\u30FB$/u,
    allows: (chars) => chars.some((c) => /^[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]$/u.test(c)),
  },
  { of: /^[\u0660-\u0669]$/u, allows: (chars) => !chars.some((c) => /^[\u06F0-\u06F9]$/u.test(c)) },
  { of: /^[\u06F0-\u06F9]$/u, allows: (chars) => !chars.some((c) => /^[\u0660-\u0669]$/u.test(c)) },
];

/**
 * The bytes of a password, for OPAQUE.
 *
 * @param password as typed
 * @returns NFC, spaces of other scripts as U+0020, in UTF-8; the caller wipes it
 * @throws ProtocolError `password-refused` for an empty one, one over 1,024 bytes, and for characters that RFC 8265
 *   does not allow (controls, unassigned, invisible); the message names the character, never the password
 */
export function passwordBytes(password: string): Uint8Array {
  const prepared = password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
  const chars = [...prepared];
  if (chars.length === 0) throw new ProtocolError('password-refused', 'an empty password');
  for (const [i, char] of chars.entries()) {
    if (!isAllowed(char) || CONTEXT.some((rule) => rule.of.test(char) && !rule.allows(chars, i))) {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      throw new ProtocolError('password-refused', `U+${code} cannot be part of a password`);
    }
  }
  const bytes = utf8(prepared);
  if (bytes.length > MAX_PASSWORD_BYTES) {
    bytes.fill(0);
    throw new ProtocolError('password-refused', `a password of over ${MAX_PASSWORD_BYTES} bytes`);
  }
  return bytes;
}

function isAllowed(char: string): boolean {
  return ALLOWED.test(char) && !EXCEPTIONS.test(char) && !OLD_HANGUL.test(char) && !IGNORABLE.test(char);
}
