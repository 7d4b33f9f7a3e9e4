/** `holdfast mount`: snapshots in any file manager, until Ctrl-C. */
import { mount, type Mount } from '../engine/mount.ts';
import { readAccess } from './access.ts';
import { wholeNumberOf } from './amounts.ts';
import type { Run } from './commands.ts';
import { destinationOf } from './destination-of.ts';
import type { AccessOptions } from './key-options.ts';
import { countText, Exit } from './output.ts';

export async function mountCommand(
  options: AccessOptions & { computer?: string | undefined; port?: string | undefined },
  run: Run,
): Promise<number> {
  const mounted = await mount(
    {
      destination: await destinationOf(options),
      access: await readAccess(options, (text) => run.output.warn(text)),
      clientId: options.computer,
      port: options.port === undefined ? undefined : wholeNumberOf(options.port),
    },
    { control: run.control, emit: run.output.emit },
  );
  try {
    const { url, plainUrl, user, password, computers } = mounted;
    const ended = untilStopped();
    run.output.result({ url, plainUrl, user, password, computers }, words(mounted));
    await ended;
  } finally {
    await mounted.close();
  }
  return Exit.done;
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

function words({ url, plainUrl, user, password, computers }: Mount): string {
  const snapshots = computers.reduce((sum, computer) => sum + computer.snapshots, 0);
  const path = url.slice('http://'.length);
  return [
    `${countText(snapshots)} snapshots are open for reading, to who has this address:`,
    `  ${url}`,
    `or ${plainUrl} with the user ${user} and the password ${password}.`,
    '',
    `GNOME Files, Nautilus: Other locations, Connect to server: dav://${path}`,
    `KDE Dolphin:           in the address line: webdav://${path}`,
    `macOS Finder:          Go, Connect to Server: ${url}`,
    `Windows Explorer:      Map network drive: ${url}`,
    `Any browser:           ${url}`,
    '',
    'Links to files show what they lead to; other links, and what is no file or folder, are left out.',
    'Nothing can be changed there, and nothing decrypted is written to this computer. Ctrl-C ends it.',
  ].join('\n');
}
