/** How a person is known to an SSH server: by a password, a private key or the keys of a running agent. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import ssh2, { type AnyAuthMethod, type AuthenticationType, type AuthHandlerMiddleware } from 'ssh2';
import { HoldfastError } from '../../errors.ts';
import { text, type Text } from '../../text.ts';
import type { DestinationCredentials, SftpPlace } from '../spec.ts';
import { loginMissing } from './errors.ts';

export type SftpCredentials = Extract<DestinationCredentials, { kind: 'sftp' }>;

/** Where Windows' own OpenSSH agent listens; PuTTY's is asked by ssh2 itself under its name. */
const WINDOWS_PIPE = String.raw`\\.\pipe\openssh-ssh-agent`;

/** @throws HoldfastError `bad-input` where what `place.login` needs is not among the credentials */
export function assertCredentials(place: SftpPlace, credentials: SftpCredentials | undefined): void {
  const { password, privateKey, keyFile } = credentials ?? { kind: 'sftp' };
  if (place.login === 'password' && password === undefined) throw incomplete(text`the password`);
  if (place.login === 'key' && privateKey === undefined && keyFile === undefined) throw incomplete(text`a private key`);
}

export class Login {
  readonly #place: SftpPlace;
  readonly #credentials: SftpCredentials;
  readonly #env: NodeJS.ProcessEnv;
  /** Unlocking a key takes a second or two by design, so it is done once. */
  #key: AnyAuthMethod | null = null;

  constructor(place: SftpPlace, credentials: SftpCredentials | undefined, env: NodeJS.ProcessEnv = process.env) {
    this.#place = place;
    this.#credentials = credentials ?? { kind: 'sftp' };
    this.#env = env;
  }

  /**
   * What to show the server, in the order of trying; for one connection.
   * @throws HoldfastError `destination-sign-in` where a key cannot be read or no agent is there
   */
  async methods(): Promise<AnyAuthMethod[]> {
    const { user, login } = this.#place;
    const { password } = this.#credentials;
    const words = password === undefined ? [] : passwordMethods(user, password);
    if (login === 'password') return words;
    // After a key that was right, some servers want the password too.
    if (login === 'agent')
      return [...agents(this.#env).map((agent) => ({ type: login, username: user, agent })), ...words];
    this.#key ??= await keyMethod(user, this.#credentials);
    return [this.#key, ...words];
  }
}

/** Answers each of the server's questions: which method next. Only those are tried that the server offers. */
export function inTurn(username: string, methods: readonly AnyAuthMethod[]): AuthHandlerMiddleware {
  const left = [...methods];
  let asked = false;
  const next = (offered: readonly AuthenticationType[] | null): AnyAuthMethod | false => {
    // The first try shows nothing: it asks what the server offers (RFC 4252, 5.2), and no password goes where none is.
    if (!asked) {
      asked = true;
      return { type: 'none', username };
    }
    const at = left.findIndex(
      ({ type }) => offered === null || offered.includes(type === 'agent' ? 'publickey' : type),
    );
    return at === -1 ? false : (left.splice(at, 1)[0] ?? false);
  };
  // ssh2 takes false for “no more”, which its types do not say.
  return ((offered: AuthenticationType[] | null) => next(offered)) as AuthHandlerMiddleware;
}

function passwordMethods(username: string, password: string): AnyAuthMethod[] {
  let answered = false;
  return [
    { type: 'password', username, password },
    {
      type: 'keyboard-interactive',
      username,
      prompt(_name, _instructions, _lang, prompts, finish) {
        // One password, told once: whoever asks again wants something else.
        finish(prompts.map((prompt) => (answered || prompt.echo === true ? '' : password)));
        answered = prompts.length > 0;
      },
    },
  ];
}

async function keyMethod(username: string, credentials: SftpCredentials): Promise<AnyAuthMethod> {
  const text = credentials.privateKey ?? (await keyIn(credentials.keyFile ?? ''));
  const parsed = ssh2.utils.parseKey(text, credentials.passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error) {
    const locked = key !== undefined && /encrypted|passphrase|decrypt/i.test(key.message);
    throw locked
      ? loginMissing('The private key is locked with another passphrase.', 'Give the passphrase of this key.', key)
      : loginMissing('This is not a private key that Holdfast can use.', 'Choose an OpenSSH or PEM key file.', key);
  }
  if (!key.isPrivateKey()) {
    throw loginMissing(
      'This is the public part of a key, which does not open anything.',
      'Choose the private key: the file without “.pub”.',
    );
  }
  return { type: 'publickey', username, key };
}

async function keyIn(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw loginMissing(
      text`The private key ${file} cannot be read.`,
      'See that the file is there and is yours, or choose another one.',
      error,
    );
  }
}

function agents(env: NodeJS.ProcessEnv): string[] {
  const named = env['SSH_AUTH_SOCK'] ?? '';
  if (named !== '') return [named];
  if (process.platform === 'win32') return [...(existsSync(WINDOWS_PIPE) ? [WINDOWS_PIPE] : []), 'pageant'];
  throw loginMissing(
    'No SSH agent is running.',
    'Start one and add your key (ssh-add), or choose another way to sign in.',
  );
}

function incomplete(what: Text): HoldfastError {
  return new HoldfastError(
    'bad-input',
    text`To open this destination, ${what} is needed.`,
    'Nothing was changed. Give it in the settings of this destination.',
  );
}
