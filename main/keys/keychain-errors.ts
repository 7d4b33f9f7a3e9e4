/** Turns what keytar and the keychains behind it say into sentences that tell the user what to do. */
import { HoldfastError } from '../errors.ts';
import { text, type Text } from '../text.ts';

const MEANWHILE = text`Backups already stored are not affected.`;

interface Cause {
  pattern: RegExp;
  message: string;
  guidance: Text;
}

/** In this order: the first that fits is told. Texts of keytar 7.9, libsecret, GLib, gnome-keyring, macOS, Windows. */
const CAUSES: Cause[] = [
  {
    pattern: /Cannot find (?:module|package)|ERR_MODULE_NOT_FOUND|Could not locate the bindings|keytar\.node/i,
    message: 'The part of Holdfast that talks to the keychain is not installed on this computer.',
    guidance: text`Install Holdfast again with a compiler and libsecret’s headers present. ${MEANWHILE}`,
  },
  {
    pattern: /libsecret|cannot open shared object|ERR_DLOPEN_FAILED/i,
    message: 'The keychain library libsecret is missing on this computer.',
    guidance: text`Install it (Debian and Ubuntu: apt install libsecret-1-0), then start Holdfast again. ${MEANWHILE}`,
  },
  {
    pattern: /autolaunch D-?Bus|spawn a message bus|Could not connect|DBUS_SESSION_BUS_ADDRESS|Connection refused/i,
    message: 'There is no desktop session with a keychain here.',
    guidance: text`Start Holdfast from your desktop; on a server, give the command line --capability-key-file. ${MEANWHILE}`,
  },
  {
    pattern: /org\.freedesktop\.secrets|ServiceUnknown|not provided by any \.service/i,
    message: 'No keychain service is running in this session.',
    guidance: text`Install and start GNOME Keyring or KWallet, then start Holdfast again. ${MEANWHILE}`,
  },
  {
    pattern: /does not exist at path|locked|dismissed|cancel|interaction is not allowed|passphrase you entered/i,
    message: 'Your keychain is locked.',
    guidance: text`Unlock it with the password of your computer account, then start Holdfast again. ${MEANWHILE}`,
  },
];

/** `keychain-unavailable` for anything that a keychain, or loading its binding, threw. */
export function keychainFailed(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const cause = CAUSES.find(({ pattern }) => pattern.test(`${code} ${detail}`));
  return new HoldfastError(
    'keychain-unavailable',
    cause?.message ?? 'The keychain of this computer gave an error.',
    cause?.guidance ?? text`Sign out of your computer and in again, then start Holdfast. ${MEANWHILE}`,
    { detail, cause: error },
  );
}

/** The keychain did not answer within `ms` milliseconds. */
export function keychainSilent(ms: number): HoldfastError {
  return new HoldfastError(
    'keychain-unavailable',
    'Your keychain does not answer.',
    text`If it asks for a password behind another window, answer it; then start Holdfast again. ${MEANWHILE}`,
    { detail: `no answer within ${ms} ms` },
  );
}

/** Nothing that Holdfast stores is empty or this long. */
export function secretTooLong(length: number): HoldfastError {
  return new HoldfastError(
    'internal',
    'Holdfast tried to store something in the keychain that does not fit there.',
    'Nothing was stored or lost. Export the log and report it.',
    { detail: `${length} bytes` },
  );
}
