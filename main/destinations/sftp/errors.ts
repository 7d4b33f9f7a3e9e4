/** From what SSH, its file transfer and the network say to sentences for the user. */
import { HoldfastError } from '../../errors.ts';
import { sentence, text, type Text } from '../../text.ts';
import { networkError } from '../remote/network-errors.ts';
import type { SftpPlace } from '../spec.ts';

/** Answers of an SFTP server (draft-ietf-secsh-filexfer-02, section 7), as far as they are told apart. */
export const STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, connectionLost: 7, unsupported: 8 } as const;
/** SSH's reasons for a disconnect (RFC 4253, 11.1) that say: too many at a time, and: too many tries to sign in. */
const TOO_MANY_CONNECTIONS = 12;
const SERVER_WEARY = new Set([2, 14]);

const AGAIN = { retry: { afterMs: null } };

/** The connection ended while an answer was awaited: nobody knows whether the request was carried out. */
export class ConnectionLost extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = 'ConnectionLost';
  }
}

/** The server does not know this request, although it may be announced. */
export class Unsupported extends Error {
  constructor(request: string) {
    super(`the server does not offer ${request}`);
    this.name = 'Unsupported';
  }
}

/** The status that a server answered with, or null for anything else that was thrown. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'number' ? error.code : null;
}

/** True where a file or one of its folders is not there. */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === STATUS.noSuchFile;
}

/**
 * True for the answer that says no more than that something went wrong: full, read-only, exists already, not empty; and
 * for 11, “exists already” of later versions, which some servers give to version 3 too.
 */
export function isFailure(error: unknown): boolean {
  return [STATUS.failure, 11].includes(statusOf(error) ?? -1);
}

/** True where a session that is over explains an error, so that another one may succeed. */
export function isLost(error: unknown): boolean {
  return error instanceof ConnectionLost || [6, STATUS.connectionLost].includes(statusOf(error) ?? -1);
}

/**
 * Maps what a request ended with. That something is absent is not decided here: whether an object or the whole folder
 * is gone takes a look (root.ts); nor is what `SSH_FX_FAILURE` means (diagnose.ts).
 *
 * @param where the place in short words
 */
export function toSftpError(error: unknown, where: string, access: 'read' | 'write'): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const options = { detail: detailOf(error), cause: error };
  if (isLost(error)) {
    return new HoldfastError(
      'destination-offline',
      text`The connection to ${where} was lost.`,
      'Nothing stored before is affected. Holdfast connects again; check the network if it stays away.',
      { ...options, ...AGAIN },
    );
  }
  if (statusOf(error) === STATUS.permissionDenied) return destinationDenied(where, access, options);
  return new HoldfastError(
    'destination-failed',
    access === 'read' ? text`Reading from ${where} failed.` : text`Writing to ${where} failed.`,
    'Everything stored before is still there. Try again; if it fails again, look at the server’s disk and its log.',
    options,
  );
}

/** What went wrong before a session was there. `login`: how the person is known there. */
export function connectFailed(error: unknown, host: string, login: SftpPlace['login']): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const level = error instanceof Error && 'level' in error ? error.level : null;
  const options = { detail: detailOf(error), cause: error };
  if (level === 'client-authentication' || level === 'agent') return signInRefused(host, login, options);
  if (level === null && statusOf(error) === TOO_MANY_CONNECTIONS) {
    return new HoldfastError(
      'destination-busy',
      text`${host} has too many connections at the moment.`,
      'Nothing was lost. Holdfast tries again in a while.',
      { ...options, ...AGAIN },
    );
  }
  if (level === null && SERVER_WEARY.has(statusOf(error) ?? -1)) return signInRefused(host, login, options);
  if (level === 'handshake') {
    return new HoldfastError(
      'destination-failed',
      text`${host} and Holdfast have no way in common to encrypt their connection.`,
      'Nothing was sent to it, and nothing was lost. Ask who runs the server to bring its SSH up to date.',
      options,
    );
  }
  return (
    networkError(error, host) ??
    new HoldfastError(
      'destination-offline',
      text`${host} does not answer as an SSH server.`,
      'Nothing was lost. Holdfast tries again; check that the server runs, its address and its port.',
      { ...options, ...AGAIN },
    )
  );
}

const SIGN_IN: Record<SftpPlace['login'], Text> = {
  password: text`Check the user name and type the password again.`,
  key: text`Check the user name, and that the key’s public part is in the server’s authorized_keys.`,
  agent: text`Check the user name, and that the SSH agent holds a key that the server knows (ssh-add -l lists them).`,
};

/** The server does not take the user name with what was shown for it. */
export function signInRefused(
  host: string,
  login: SftpPlace['login'],
  options: { detail?: string; cause?: unknown } = {},
): HoldfastError {
  return new HoldfastError(
    'destination-sign-in',
    text`${host} refused the sign-in.`,
    text`Nothing was lost. ${SIGN_IN[login]}`,
    options,
  );
}

/** What should open the server is itself not to be had: a key that cannot be read, an agent that is not there. */
export function loginMissing(message: string | Text, guidance: string | Text, cause?: unknown): HoldfastError {
  const options = cause === undefined ? {} : { detail: detailOf(cause), cause };
  return new HoldfastError('destination-sign-in', message, text`Nothing was lost. ${sentence(guidance)}`, options);
}

/** The sign-in went well, but this user gets no SFTP. */
export function noFileTransfer(host: string, cause: Error): HoldfastError {
  return new HoldfastError(
    'destination-denied',
    text`${host} does not let this user transfer files.`,
    'Nothing was lost. Ask who runs the server to turn on SFTP for this user, or choose another one.',
    { detail: cause.message, cause },
  );
}

/** @param shown the fingerprints that the server shows now */
export function hostKeyChanged(host: string, accepted: string, shown: readonly string[]): HoldfastError {
  return new HoldfastError(
    'destination-denied',
    text`${host} is not the server that you accepted: its key is ${shown.join(' / ')}, not ${accepted}.`,
    'Nothing was sent to it, and nothing was lost. If the server was set up anew, compare the key with ' +
      '“ssh-keygen -lf” on the server and accept it in the settings of this destination; else somebody may be in between.',
  );
}

export function destinationDenied(
  where: string,
  access: 'read' | 'write',
  options: { detail?: string; cause?: unknown } = {},
): HoldfastError {
  return new HoldfastError(
    'destination-denied',
    access === 'read'
      ? text`Holdfast is not allowed to read ${where}.`
      : text`Holdfast is not allowed to change ${where}.`,
    'Nothing stored there was changed. Check that the folder belongs to this user and is not read-only.',
    options,
  );
}

export function destinationMissing(where: string, detail?: string): HoldfastError {
  return new HoldfastError(
    'destination-missing',
    text`The backup folder ${where} is not there.`,
    'Nothing was lost. If it is on a disk of that server, see that the disk is connected there, then try again.',
    detail === undefined ? {} : { detail },
  );
}

function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = statusOf(error);
  return status === null ? error.message : `${error.message} (${status})`;
}
