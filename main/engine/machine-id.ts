/** What tells this computer from a copy of its disk that runs elsewhere: the id that its operating system was given. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readKnown, writeKnown } from './repository/known-file.ts';

const run = promisify(execFile);

/**
 * The system's id of this machine; where it has none (a container), one that is kept in the state folder, which a copy of
 * the disk then shares.
 */
export async function machineId(stateFolder: string): Promise<string> {
  const found = await systemId().catch(() => null);
  return found ?? (await keptId(join(stateFolder, 'known', 'machine.json')));
}

/** Linux: machine-id(5). macOS: IOPlatformUUID. Windows: MachineGuid of its installation. */
async function systemId(): Promise<string | null> {
  if (process.platform === 'darwin') {
    const { stdout } = await run('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']);
    return /"IOPlatformUUID" = "([0-9A-F-]{36})"/i.exec(stdout)?.[1] ?? null;
  }
  if (process.platform === 'win32') {
    const key = 'HKLM\\SOFTWARE\\Microsoft\\Cryptography';
    const reg = join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'reg.exe');
    const { stdout } = await run(reg, ['query', key, '/v', 'MachineGuid'], { windowsHide: true });
    return /MachineGuid\s+REG_SZ\s+([0-9a-f-]{36})/i.exec(stdout)?.[1] ?? null;
  }
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (/^[0-9a-f]{32}$/.test(text.trim())) return text.trim();
  }
  return null;
}

async function keptId(path: string): Promise<string> {
  const value = await readKnown(path);
  if (value !== null && 'id' in value && typeof value.id === 'string') return value.id;
  const id = randomBytes(16).toString('hex');
  await writeKnown(path, { id }).catch(() => undefined);
  return id;
}
