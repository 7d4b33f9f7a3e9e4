/** Passwords made of words, for people who would rather not invent one. */
import { randomInt } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';

/** Each word is one of 2,048: 11 bits. The words differ in their first four letters, so that they are typed safely. */
export const PASSWORD_WORDS = 6;

/** Six random words with spaces between them: 66 bits. */
export function wordPassword(): string {
  return Array.from({ length: PASSWORD_WORDS }, () => wordlist[randomInt(wordlist.length)] ?? '').join(' ');
}
