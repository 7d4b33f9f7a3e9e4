/**
 * Makes a SoftHSM2 token: the HSM of the embedded vault, which is for trying out, and of the tests. Its keys lie in
 * files that whoever has the PIN can open; it has the operations of a hardware module, not its protection.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { HsmError } from './hsm.ts';

const run = promisify(execFile);

/** Where packages put the library: Debian and Ubuntu, Fedora and Arch, Homebrew on both kinds of Mac, FreeBSD. */
const LIBRARIES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/lib64/libsofthsm2.so',
  '/usr/lib/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];
const UTILITIES = ['/usr/bin', '/opt/homebrew/bin', '/usr/local/bin'].map((folder) => `${folder}/softhsm2-util`);
const INIT_TIMEOUT_MS = 30_000;
const LABEL_BYTES = 32;
const PIN_CHARACTERS = [4, 255] as const;

export interface SoftTokenOptions {
  /** Made if it is not there, readable by this user only; several tokens can share one. */
  folder: string;
  /** At most 32 bytes; PKCS#11 pads it with blanks. */
  label: string;
  /** 4 to 255 characters. It is on the command line of softhsm2-util for the moment that this takes. */
  pin: string;
  soPin: string;
}

export interface SoftToken {
  modulePath: string;
  tokenLabel: string;
  /** The file that SOFTHSM2_CONF must name before this process first loads the module. */
  conf: string;
}

async function firstThere(paths: string[]): Promise<string | null> {
  for (const candidate of paths) {
    try {
      await access(candidate);
      return candidate;
    } catch {
      // the next one
    }
  }
  return null;
}

/** The path of SoftHSM2's library, or null where it is not installed. */
export function findSoftHsm(): Promise<string | null> {
  return firstThere(LIBRARIES);
}

/**
 * Makes a token without keys in `folder` and gives what opens it.
 *
 * @throws HsmError `unavailable` where SoftHSM2 is not installed or refuses; RangeError for a label or PIN that no token
 *   takes
 */
export async function createSoftToken(options: SoftTokenOptions): Promise<SoftToken> {
  checkSizes(options);
  const modulePath = await findSoftHsm();
  const utility = await firstThere(UTILITIES);
  if (modulePath === null || utility === null) {
    throw new HsmError(
      'unavailable',
      'SoftHSM2 is not installed: "apt install softhsm2", "dnf install softhsm" or "brew install softhsm" brings it',
    );
  }
  const tokens = path.join(options.folder, 'tokens');
  const conf = path.join(options.folder, 'softhsm2.conf');
  await mkdir(tokens, { recursive: true, mode: 0o700 });
  await writeFile(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`, {
    mode: 0o600,
  });
  const args = ['--init-token', '--free', '--label', options.label, '--pin', options.pin, '--so-pin', options.soPin];
  try {
    const running = run(utility, ['--module', modulePath, ...args], {
      env: { ...process.env, SOFTHSM2_CONF: conf },
      timeout: INIT_TIMEOUT_MS,
    });
    // It asks for what it does not like in its arguments; nobody answers.
    running.child.stdin?.end();
    await running;
  } catch (error) {
    // Not the error itself: its message and `cmd` hold the PINs.
    const said = String((error as { stderr?: unknown }).stderr ?? '').trim();
    throw new HsmError(
      'unavailable',
      `softhsm2-util could not make the token "${options.label}": ${said || 'no word why'}`,
    );
  }
  return { modulePath, tokenLabel: options.label, conf };
}

function checkSizes({ label, pin, soPin }: SoftTokenOptions): void {
  const [least, most] = PIN_CHARACTERS;
  if (label.length === 0 || Buffer.byteLength(label) > LABEL_BYTES) {
    throw new RangeError(`a token's label has 1 to ${LABEL_BYTES} bytes`);
  }
  for (const each of [pin, soPin]) {
    if (each.length < least || each.length > most) throw new RangeError(`a PIN has ${least} to ${most} characters`);
  }
}
