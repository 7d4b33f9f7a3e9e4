/** Commands that look: `status` asks the running service, `verify-log` reads the store, `fsck` opens every record. */
import https from 'node:https';
import { isIPv6 } from 'node:net';
import { verifyLog, fsck, type LogReport } from '../ledger/verify.ts';
import { fingerprint } from '../protocol/bundle.ts';
import { fromBase64url } from '../protocol/bytes.ts';
import { fingerprintText } from '../protocol/vault-uri.ts';
import type { Config } from './config.ts';
import { filesIn, lockFolder, readChain } from './folder.ts';
import { CliError, type Output } from './say.ts';
import { hexOf, lastOf, openSite, openStore, pinOf, tlsOf } from './site.ts';

const ASK_MS = 5000;
const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/** GET from this site's own service, whose certificate is the one on the disk. */
async function ask(config: Config, path: string): Promise<{ status: number; text: string }> {
  const { cert } = await tlsOf(config);
  const { host, port } = config.listen;
  const reachable = ANY_ADDRESS.has(host) ? '127.0.0.1' : host;
  const url = `https://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}${path}`;
  return new Promise((resolve, reject) => {
    // Its name may be that of the public address: it is this very certificate that counts.
    const request = https.get(url, { ca: cert, checkServerIdentity: () => undefined, timeout: ASK_MS, agent: false });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
  });
}

/** @returns the exit code: 0 where it may answer logins */
export async function statusCommand(config: Config, out: Output): Promise<number> {
  const chain = await readChain(filesIn(config.vault.folder).bundle);
  const [first] = chain ?? [];
  if (chain === null || first === undefined) throw new CliError('there is no bundle: run "vault init" first');
  const bundle = lastOf(chain);
  out.print(`Site         ${config.vault.site} of ${bundle.sites.map((site) => site.name).join(', ')}`);
  out.print(`Vault        ${hexOf(bundle.vaultId)}, profile ${bundle.profile}, bundle ${bundle.epoch}`);
  out.print(`Fingerprint  ${fingerprintText(fingerprint(fromBase64url(first.bundle)))}`);
  let health: { status: number; text: string };
  try {
    health = await ask(config, '/healthz');
  } catch (error) {
    out.print(`Service      does not answer (${error instanceof Error ? error.message : String(error)})`);
    return 1;
  }
  const { status } = JSON.parse(health.text) as { status: string };
  out.print(`Service      ${health.status === 200 ? 'answers logins' : `does not answer logins: ${status}`}`);
  const metrics = (await ask(config, '/metrics')).text.split('\n');
  for (const line of metrics) {
    const found = /^vault_(?:changes_total|hsm_operations)\{\w+="([\w-]+)"\} (\d+)$/.exec(line);
    if (found !== null) out.print(`  ${(found[1] ?? '').padEnd(16)} ${found[2] ?? ''}`);
  }
  return health.status === 200 ? 0 : 1;
}

function printLog(log: LogReport, out: Output): void {
  out.print(`Entries      ${log.entries}`);
  out.print(`Head         ${hexOf(log.head.hash)}`);
  for (const [type, count] of Object.entries(log.types).sort()) out.print(`  ${type.padEnd(16)} ${count}`);
  // For holding against the module's own log: two derives for each evaluation and for each key exchange.
  const { oprf = 0, ake = 0 } = log.facts;
  out.print(
    `Allowed      ${oprf} evaluations, ${ake} key exchanges: at most ${2 * (oprf + ake)} derives in the module`,
  );
}

function finish(problems: string[], out: Output): number {
  for (const problem of problems) out.print(`! ${problem}`);
  out.print(problems.length === 0 ? 'No problem found.' : `${problems.length} problems found.`);
  return problems.length === 0 ? 0 : 1;
}

/** Needs no PIN, and can run beside the service. */
export async function verifyLogCommand(config: Config, out: Output): Promise<number> {
  const store = await openStore(config);
  try {
    const log = await verifyLog(store);
    printLog(log, out);
    return finish(log.problems, out);
  } finally {
    await store.close();
  }
}

/** Opens every record; the site's service must be stopped. */
export async function fsckCommand(config: Config, out: Output): Promise<number> {
  const unlock = lockFolder(filesIn(config.vault.folder).lock);
  try {
    const chain = await readChain(filesIn(config.vault.folder).bundle);
    const opened = await openSite(config, await pinOf(config), 'open', chain === null ? null : lastOf(chain));
    try {
      const report = await fsck(opened.ledger, opened.store);
      printLog(report.log, out);
      out.print(`Records      ${report.records}`);
      return finish([...report.log.problems, ...report.problems], out);
    } finally {
      await opened.close();
    }
  } finally {
    unlock();
  }
}
