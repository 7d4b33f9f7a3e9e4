/** Names of this computer's users and groups, from /etc/passwd and /etc/group (passwd(5), group(5)). */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Owners } from './node-of.ts';

function readNames(file: string): Map<number, string> {
  const names = new Map<number, string>();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return names; // Windows has none; numbers alone are stored then.
  }
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (name !== undefined && id !== undefined && /^\d+$/.test(id) && !names.has(Number(id)))
      names.set(Number(id), name);
  }
  return names;
}

export function readOwners(): Owners {
  const users = readNames('/etc/passwd');
  const groups = readNames('/etc/group');
  try {
    // Users of a directory service are not in the file; the one who runs this is known all the same.
    const me = userInfo();
    if (me.uid >= 0 && !users.has(me.uid)) users.set(me.uid, me.username);
  } catch {
    // A user without an entry anywhere (containers).
  }
  return { users, groups };
}
