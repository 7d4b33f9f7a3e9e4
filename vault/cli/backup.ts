/**
 * `vault backup`: configuration, bundles and log into a new folder. Not the records: a copy of them is a way back to
 * tries that were used up, and availability comes from sites. Not the PIN, not the TLS key.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { verifyLog } from '../ledger/verify.ts';
import type { Config } from './config.ts';
import { filesIn, readChain, writeChain, writeWhole } from './folder.ts';
import { CliError, type Output } from './say.ts';
import { hexOf, openStore } from './site.ts';

export async function backupCommand(config: Config, configFile: string, to: string, out: Output): Promise<number> {
  const chain = await readChain(filesIn(config.vault.folder).bundle);
  if (chain === null) throw new CliError('there is no bundle: run "vault init" first');
  try {
    await mkdir(to, { mode: 0o700 });
  } catch (error) {
    throw new CliError(`${to} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
  }
  await copyFile(configFile, path.join(to, 'vault.toml'));
  await writeChain(path.join(to, 'bundle.json'), chain);
  const lines: string[] = [];
  const store = await openStore(config);
  try {
    const log = await verifyLog(store, (entry) => {
      const { record, state, previous } = entry;
      const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : hexOf(bytes));
      lines.push(JSON.stringify({ ...entry, record: hex(record), state: hex(state), previous: hexOf(previous) }));
    });
    await writeWhole(path.join(to, 'log.jsonl'), lines.map((line) => `${line}\n`).join(''));
    for (const problem of log.problems) out.print(`! ${problem}`);
    out.print(`${log.entries} entries of the log, ${chain.length} bundles and the configuration are in ${to}`);
    return log.problems.length === 0 ? 0 : 1;
  } finally {
    await store.close();
  }
}
