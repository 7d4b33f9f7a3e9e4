/** `vault serve`: one site, until it is told to stop. */
import type { LogStream } from '../service/log.ts';
import { startService, type Service } from '../service/service.ts';
import type { Limits } from '../service/vault.ts';
import type { Rate } from '../service/rate.ts';
import type { Config } from './config.ts';
import { filesIn, lockFolder, readChain } from './folder.ts';
import { CliError } from './say.ts';
import { lastOf, openSite, pinOf, tlsOf } from './site.ts';

export interface Running {
  service: Service;
  stop(): Promise<void>;
}

/** Opens everything and listens. @throws CliError, and what the parts throw */
export async function serve(config: Config, pin: string, logTo: LogStream): Promise<Running> {
  const files = filesIn(config.vault.folder);
  const chain = await readChain(files.bundle);
  if (chain === null) throw new CliError(`${files.bundle} is missing: run "vault init" first`);
  const bundle = lastOf(chain);
  const unlock = lockFolder(files.lock);
  try {
    const opened = await openSite(config, pin, 'open', bundle, (error) => tell(config, error, logTo));
    try {
      const service = await startService({
        ledger: opened.ledger,
        hsm: opened.hsm,
        chain,
        tls: await tlsOf(config),
        listen: config.listen,
        limits: limitsOf(config),
        invites: config.invites?.codes ?? null,
        logLevel: config.log.level,
        logTo,
      });
      return {
        service,
        async stop() {
          await service.close();
          await opened.close();
          unlock();
        },
      };
    } catch (error) {
      await opened.close();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}

/** What the ledger's work in the background met; it is done again at its next turn. */
function tell(config: Config, error: unknown, logTo: LogStream): void {
  if (config.log.level === 'silent' || config.log.level === 'error') return;
  const ledger = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  logTo.write(`${JSON.stringify({ level: 'warn', time: Date.now(), site: config.vault.site, ledger })}\n`);
}

function limitsOf(config: Config): Partial<Limits> {
  const limits: Partial<Limits> = {};
  for (const name of ['requests', 'unknown', 'registrations', 'challenges'] as const) {
    const rate = config.limits?.[name];
    if (rate !== undefined) limits[name] = { burst: rate.burst, perMinute: rate['per-minute'] } satisfies Rate;
  }
  return limits;
}

/** Serves until SIGINT or SIGTERM; a second signal ends it at once. */
export async function serveCommand(config: Config): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    const stop = (): void => resolve();
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
  const running = await serve(config, await pinOf(config), process.stdout);
  await asked;
  await running.stop();
}
