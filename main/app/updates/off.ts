/** Where this program does not update itself, and why: somebody else looks after it, or it was built without. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** Why no updates are looked for. `format`: installed in a way that can't be replaced from within. */
export type Off = 'build' | 'policy' | 'packages' | 'format' | 'read-only';

export interface OffFacts {
  /** The build knows a server and keys. */
  readonly able: boolean;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the administrator's file says; null where there is none. */
  readonly policy: string | null;
  /** Folder of the program's own files. */
  readonly programFolder: string;
  /** The file of the AppImage that this program runs from; null where it runs from none. */
  readonly image: string | null;
  /** Whether that file may be replaced by this user. */
  readonly replaceable: boolean;
}

const Policy = z.object({ updates: z.enum(['on', 'off']) });

/** Folders that the system's package manager looks after. */
const PACKAGED = /^\/(opt|usr|snap|app|nix|gnu)\//;

/** Null where the program updates itself. */
export function whyOff(facts: OffFacts): Off | null {
  if (!facts.able) return 'build';
  if (facts.environment['HOLDFAST_UPDATES'] === 'off' || refuses(facts.policy)) return 'policy';
  if (facts.platform !== 'linux') return null;
  if (facts.image === null) return PACKAGED.test(facts.programFolder) ? 'packages' : 'format';
  return facts.replaceable ? null : 'read-only';
}

/** A file that can't be understood was still written by somebody who wanted to decide. */
function refuses(policy: string | null): boolean {
  if (policy === null) return false;
  try {
    return Policy.safeParse(JSON.parse(policy)).data?.updates !== 'on';
  } catch {
    return true;
  }
}

/** Where administrators put their decision: `{"updates": "off"}`. */
export function policyFile(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (platform === 'win32') {
    return path.win32.join(environment['ProgramData'] ?? 'C:\\ProgramData', 'Holdfast', 'policy.json');
  }
  if (platform === 'darwin') return '/Library/Application Support/Holdfast/policy.json';
  return '/etc/holdfast/policy.json';
}

/** Null where there is none. One that may not be read counts as one that can't be understood. */
export async function readPolicy(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : '';
  }
}
