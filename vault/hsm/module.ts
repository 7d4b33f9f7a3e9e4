/**
 * Loads PKCS#11 modules and logs in. A process initialises a module once and is logged in to a token once, however
 * often it opens it; both are counted here, and the last to leave ends them. So one thread of a process uses a module.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { PKCS11 } from 'pkcs11js';
import { CKF, CKM, CKR, CKS_RW_USER_FUNCTIONS, CKU_USER, asHsmError, returnValue } from './cryptoki.ts';
import type { Handle } from './cryptoki.ts';
import { HsmError } from './hsm.ts';
import type { HsmInfo } from './hsm.ts';
import { Sessions } from './sessions.ts';

/** One token, logged in to. */
export interface Token {
  p11: PKCS11;
  sessions: Sessions;
  info: HsmInfo;
  /** Closes the sessions, and what nobody else uses any more. */
  release(): Promise<void>;
}

export interface TokenOptions {
  /** Absolute path of the module's shared library. */
  modulePath: string;
  tokenLabel: string;
  pin: string;
  /** Sessions, and so operations, at the same time. */
  sessions?: number | undefined;
}

/** What libuv's threads can do at once by default, and some that wait in the module. */
const DEFAULT_SESSIONS = 8;

interface Login {
  users: number;
  pinDigest: Buffer;
}

interface Module {
  p11: PKCS11;
  users: number;
  /** False where other code of this process has initialised it; then it is theirs to finalise. */
  own: boolean;
  mechanismNames: Map<number, string>;
  logins: Map<string, Login>;
}

const modules = new Map<string, Module>();

/**
 * Opens the token named `tokenLabel` and logs in, with one try.
 *
 * @throws HsmError `unavailable` (no such file, no PKCS#11 module, does not answer), `not-initialised` (no such
 *   token), `wrong-pin`
 */
export async function openToken(options: TokenOptions): Promise<Token> {
  const module = await acquire(options.modulePath);
  let sessions: Sessions | null = null;
  let leave: (() => void) | null = null;
  const end = async (): Promise<void> => {
    await sessions?.close();
    leave?.();
    leaveModule(module);
  };
  let ending: Promise<void> | null = null;
  const release = (): Promise<void> => (ending ??= end());
  try {
    const { p11 } = module;
    const slot = findSlot(p11, options.tokenLabel);
    const info = readInfo(module, slot);
    const openSession = (): Handle => {
      try {
        return p11.C_OpenSession(slot, CKF.SERIAL_SESSION | CKF.RW_SESSION);
      } catch (error) {
        throw asHsmError(error, 'open a session');
      }
    };
    sessions = new Sessions(
      openSession,
      (session) => p11.C_CloseSession(session),
      options.sessions ?? DEFAULT_SESSIONS,
    );
    leave = await sessions.use((session) => login(module, slot, session, options.pin));
    return { p11, sessions, info, release };
  } catch (error) {
    await release();
    throw asHsmError(error, 'open the token');
  }
}

async function acquire(modulePath: string): Promise<Module> {
  const resolved = path.resolve(modulePath);
  try {
    await access(resolved);
  } catch (error) {
    throw new HsmError('unavailable', `There is no PKCS#11 module at ${resolved}.`, { cause: error });
  }
  const pkcs11js = await binding();
  let module = modules.get(resolved);
  if (module === undefined) {
    const p11 = new pkcs11js.PKCS11();
    try {
      p11.load(resolved);
    } catch (error) {
      throw new HsmError('unavailable', `${resolved} is not a PKCS#11 module for this computer.`, { cause: error });
    }
    // Never unloaded: libraries that are loaded twice into one process are seldom tested.
    module = { p11, users: 0, own: false, mechanismNames: mechanismNames(pkcs11js), logins: new Map() };
    modules.set(resolved, module);
  }
  if (module.users === 0) initialise(module);
  module.users++;
  return module;
}

type Binding = typeof import('pkcs11js');

async function binding(): Promise<Binding> {
  try {
    return (await import('pkcs11js')).default as Binding;
  } catch (error) {
    throw new HsmError('unavailable', 'The package pkcs11js is not installed: it needs a C++ compiler to be built.', {
      cause: error,
    });
  }
}

function mechanismNames(pkcs11js: Binding): Map<number, string> {
  // This room's own names first: some numbers have an older name too.
  const names = new Map<number, string>(Object.entries(CKM).map(([name, value]) => [value, `CKM_${name}`]));
  for (const [name, value] of Object.entries(pkcs11js) as [string, unknown][]) {
    if (name.startsWith('CKM_') && typeof value === 'number' && !names.has(value)) names.set(value, name);
  }
  return names;
}

function initialise(module: Module): void {
  try {
    // Operations run in several threads of libuv at once.
    module.p11.C_Initialize({ flags: CKF.OS_LOCKING_OK });
    module.own = true;
  } catch (error) {
    if (returnValue(error) !== CKR.CRYPTOKI_ALREADY_INITIALIZED) throw asHsmError(error, 'start');
    module.own = false;
  }
}

function leaveModule(module: Module): void {
  module.users--;
  if (module.users > 0 || !module.own) return;
  try {
    module.p11.C_Finalize();
  } catch {
    // There is nothing left to end.
  }
}

/** PKCS#11 pads its texts with blanks, some modules with zeros. */
function trimmed(text: string): string {
  return text.replace(/[\s\0]+$/u, '');
}

function findSlot(p11: PKCS11, tokenLabel: string): Handle {
  const found: Handle[] = [];
  const others: string[] = [];
  for (const slot of p11.C_GetSlotList(true)) {
    const token = p11.C_GetTokenInfo(slot);
    if ((token.flags & CKF.TOKEN_INITIALIZED) === 0) continue;
    const label = trimmed(token.label);
    if (label === tokenLabel) found.push(slot);
    else others.push(`"${label}"`);
  }
  const [slot] = found;
  if (slot === undefined) {
    const there = others.length > 0 ? `it has ${others.join(', ')}` : 'it has none at all';
    throw new HsmError('not-initialised', `The module has no token named "${tokenLabel}"; ${there}.`);
  }
  if (found.length > 1) {
    throw new HsmError(
      'not-initialised',
      `The module has ${found.length} tokens named "${tokenLabel}": give one another name.`,
    );
  }
  return slot;
}

function readInfo(module: Module, slot: Handle): HsmInfo {
  const token = module.p11.C_GetTokenInfo(slot);
  const name = (mechanism: number): string =>
    module.mechanismNames.get(mechanism) ?? `CKM_0x${mechanism.toString(16).toUpperCase()}`;
  return {
    manufacturer: trimmed(token.manufacturerID),
    model: trimmed(token.model),
    serial: trimmed(token.serialNumber),
    firmware: `${token.firmwareVersion.major}.${token.firmwareVersion.minor}`,
    tokenLabel: trimmed(token.label),
    mechanisms: module.p11.C_GetMechanismList(slot).map(name).sort(),
  };
}

/**
 * Why the PIN must not even be tried now, by the token's flags; null where it may. A program that is started again and
 * again with a wrong PIN would otherwise lock the token.
 */
export function pinObstacle(flags: number): string | null {
  if ((flags & CKF.USER_PIN_LOCKED) !== 0) {
    return 'The token is locked after too many wrong PINs; its security officer can unlock it.';
  }
  if ((flags & CKF.USER_PIN_FINAL_TRY) !== 0) {
    return "One more wrong PIN locks the token, so it was not tried. Log in once with the maker's own tool first.";
  }
  return null;
}

/** Logs in with one try, or joins the login that this process has. Gives what ends it. */
function login(module: Module, slot: Handle, session: Handle, pin: string): () => void {
  const { p11, logins } = module;
  const key = slot.toString('hex');
  const pinDigest = createHash('sha256').update(pin).digest();
  const inUse = logins.get(key);
  // The module would say that the user is logged in already, whatever PIN it is given.
  if (inUse !== undefined && !timingSafeEqual(inUse.pinDigest, pinDigest)) {
    throw new HsmError('wrong-pin', 'This is not the PIN of the token.');
  }
  // A token that was away (a restart, a cable) has forgotten the login that others of this process share.
  if (inUse === undefined || p11.C_GetSessionInfo(session).state !== CKS_RW_USER_FUNCTIONS) {
    tryPin(p11, slot, session, pin);
  }
  const joined = inUse ?? { users: 0, pinDigest };
  logins.set(key, joined);
  joined.users++;
  // The module logs out by itself when the last session of the token is closed.
  return () => {
    joined.users--;
    if (joined.users === 0) logins.delete(key);
  };
}

function tryPin(p11: PKCS11, slot: Handle, session: Handle, pin: string): void {
  if (pin.length === 0) throw new HsmError('wrong-pin', 'The PIN is empty.');
  const obstacle = pinObstacle(p11.C_GetTokenInfo(slot).flags);
  if (obstacle !== null) throw new HsmError('wrong-pin', obstacle);
  try {
    p11.C_Login(session, CKU_USER, pin);
  } catch (error) {
    if (returnValue(error) !== CKR.USER_ALREADY_LOGGED_IN) throw asHsmError(error, 'log in');
  }
}
