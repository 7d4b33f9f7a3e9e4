/** A keyring of its own for one pretended computer: a private session bus with a throw-away, unlocked keyring behind it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const WITH_KEYRING = fileURLToPath(new URL('with-keyring.sh', import.meta.url));

export interface Keyring {
  /** For `StartOptions.env`. */
  readonly env: { DBUS_SESSION_BUS_ADDRESS: string };
  end(): Promise<void>;
}

/** Linux only; elsewhere a computer has one keychain. */
export async function makeKeyring(): Promise<Keyring> {
  const env = { ...process.env };
  delete env['HOLDFAST_KEYRING_HOME'];
  // It lives until its standard input is closed.
  const child = spawn(WITH_KEYRING, ['sh', '-c', 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'close');
  const first = await Promise.race([once(child.stdout, 'data'), gone.then(() => null)]);
  if (first === null) throw new Error('the keyring did not start');
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: String(first[0]).trim() },
    end: async () => {
      child.stdin.end();
      await gone;
    },
  };
}

/** What the keychain of a computer holds: its entries as they are, and what they are the base64 of. */
export async function keychainEntries(keyring?: Keyring): Promise<Map<string, Buffer>> {
  const script = "require('keytar').findCredentials('Holdfast').then((all) => console.log(JSON.stringify(all)))";
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, ...keyring?.env },
  });
  const entries = JSON.parse(stdout) as { account: string; password: string }[];
  return new Map(
    entries.flatMap(({ account, password }) => [
      [account, Buffer.from(password)],
      [`${account}, decoded`, Buffer.from(password, 'base64')],
    ]),
  );
}
