/** What opens a destination for a command, out of a file or the environment; never an argument. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { DestinationCredentials, DestinationPlace } from '../destinations/spec.ts';
import { HoldfastError } from '../errors.ts';
import { askPassword } from './ask.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const Text = z.string().min(1);

/** As JSON in a file of mode 0600: `{"kind":"webdav","password":"…"}`. */
export const Credentials: z.ZodType<DestinationCredentials> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('google-drive'), refreshToken: Text, clientId: Text, clientSecret: z.string() }),
  z.strictObject({
    kind: z.literal('s3'),
    accessKeyId: Text,
    secretAccessKey: Text,
    sessionToken: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('webdav'), password: z.string() }),
  z.strictObject({
    kind: z.literal('sftp'),
    password: z.string().optional(),
    privateKey: z.string().optional(),
    keyFile: z.string().optional(),
    passphrase: z.string().optional(),
  }),
]);

/** @throws HoldfastError `bad-input`: no such file, open to other users, not understood */
export async function credentialsFromFile(file: string): Promise<DestinationCredentials> {
  const path = resolve(file);
  let text: string;
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw bad(`Other users of this computer may read ${path}, which opens your storage.`, `Run: chmod 600 ${path}`);
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw bad(`${path} could not be read.`, 'Check its name and that you may read it.');
  }
  const parsed = Credentials.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw bad(
    `${path} does not hold what opens a destination.`,
    'It holds JSON like {"kind":"webdav","password":"..."}; docs/destinations.md lists the fields of each kind.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // refused by the schema
  }
}

/** What the environment gives for a place; null where it gives nothing. */
export function credentialsFromEnvironment(
  place: DestinationPlace,
  environment: Environment = process.env,
): DestinationCredentials | null {
  const { kind } = place;
  switch (kind) {
    case 's3': {
      const accessKeyId = environment['AWS_ACCESS_KEY_ID'];
      const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'];
      if (!accessKeyId || !secretAccessKey) return null;
      return { kind, accessKeyId, secretAccessKey, sessionToken: environment['AWS_SESSION_TOKEN'] };
    }
    case 'webdav': {
      const password = environment['HOLDFAST_WEBDAV_PASSWORD'];
      return password === undefined ? null : { kind, password };
    }
    case 'sftp': {
      const password = environment['HOLDFAST_SFTP_PASSWORD'];
      const keyFile = environment['HOLDFAST_SFTP_KEY_FILE'];
      const passphrase = environment['HOLDFAST_SFTP_PASSPHRASE'];
      if (place.login === 'password') return password === undefined ? null : { kind, password };
      if (place.login === 'key') return keyFile === undefined ? null : { kind, keyFile: resolve(keyFile), passphrase };
      return { kind };
    }
    case 'google-drive': {
      const refreshToken = environment['HOLDFAST_GOOGLE_REFRESH_TOKEN'];
      const clientId = environment['HOLDFAST_GOOGLE_CLIENT_ID'];
      if (!refreshToken || !clientId) return null;
      return { kind, refreshToken, clientId, clientSecret: environment['HOLDFAST_GOOGLE_CLIENT_SECRET'] ?? '' };
    }
    default:
      return null;
  }
}

const BY_ENVIRONMENT: Record<DestinationCredentials['kind'], string> = {
  s3: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,',
  webdav: 'Set HOLDFAST_WEBDAV_PASSWORD,',
  sftp: 'Set HOLDFAST_SFTP_PASSWORD or HOLDFAST_SFTP_KEY_FILE,',
  'google-drive': 'Set HOLDFAST_GOOGLE_REFRESH_TOKEN and HOLDFAST_GOOGLE_CLIENT_ID,',
};

/**
 * What a person is asked for, or a pipe tells line by line: a password, or both keys of S3. Null where nothing that can be
 * typed opens the place.
 *
 * @throws HoldfastError `stopped`, or `bad-input` where the input ends
 */
export async function askedCredentials(place: DestinationPlace): Promise<DestinationCredentials | null> {
  const { kind } = place;
  if (kind === 's3') {
    const ask = async (what: string): Promise<string> => await askPassword(what, () => nothingGiven(kind));
    return { kind, accessKeyId: await ask('Access key ID'), secretAccessKey: await ask('Secret access key') };
  }
  if (kind === 'webdav' || (kind === 'sftp' && place.login === 'password')) {
    return { kind, password: await askPassword(`Password of ${place.user}`, () => nothingGiven(kind)) };
  }
  return null;
}

/** @throws HoldfastError `bad-input` where they are of another kind than the place, or missing */
export function fitting(
  place: DestinationPlace,
  credentials: DestinationCredentials | null,
): DestinationCredentials | null {
  if (place.kind === 'local' || place.kind === 'synced') return null;
  if (credentials === null) {
    throw nothingGiven(place.kind);
  }
  if (credentials.kind !== place.kind)
    throw bad('The credentials are for another kind of destination.', 'Name the right file.');
  return credentials;
}

function nothingGiven(kind: DestinationCredentials['kind']): HoldfastError {
  return bad(
    'Nothing was given that opens this destination.',
    `${BY_ENVIRONMENT[kind]} or name a file with --credentials. Once it is kept in the keychain ` +
      '(holdfast destination add NAME ADDRESS asks for it), --repo @NAME needs neither.',
  );
}

function bad(message: string, guidance: string): HoldfastError {
  return new HoldfastError('bad-input', message, `${guidance} Nothing was sent or changed.`);
}
