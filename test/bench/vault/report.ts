/** The vault's figures as a page. */
import { markdownTable } from '../table.ts';
import type { MachineFacts } from '../types.ts';
import type { Load } from './types.ts';

export interface VaultReport {
  version: number;
  machine: MachineFacts;
  seconds: number;
  loads: Load[];
}

const STORES = { sqlite: 'SQLite, strict (head in the token)', etcd: 'etcd, 3 members' };

export function vaultReport({ machine, seconds, loads }: VaultReport): string {
  const rows = loads.map((load) => [
    STORES[load.store],
    String(load.clients),
    (load.logins / load.seconds).toFixed(1),
    (1000 / load.cpuMsPerLogin).toFixed(0),
    load.p50.toFixed(1),
    load.p99.toFixed(1),
    load.evaluationsOff === 0 ? 'none' : String(load.evaluationsOff),
  ]);
  const last = [...new Map(loads.filter(({ clients }) => clients === 1).map((load) => [load.store, load])).values()];
  const parts = last.flatMap((load) =>
    load.partsPerLogin
      .filter(({ calls }) => calls > 0)
      .sort((a, b) => b.ms - a.ms)
      .map(({ name, calls, ms }) => [STORES[load.store], name, calls.toFixed(1), ms.toFixed(2)]),
  );
  return [
    '# Key vault: logins',
    '',
    `Measured on ${machine.date} at commit ${machine.commit}: ${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}; load before it began ${machine.loadBefore.toFixed(2)}. SoftHSM2, profile A; one site, its process kept on one core; clients${loads.some(({ store }) => store === 'etcd') ? ' and etcd' : ''} on the other. ${seconds} s each, 16 records, right password each time, over HTTPS on loopback; the client’s own Argon2id is left out.`,
    ...(machine.loadBefore > 0.5 ? ['', 'The machine was busy when this began: do not trust these figures.'] : []),
    '',
    markdownTable([
      ['store', 'at once', 'logins/s', 'logins/s by CPU time', 'p50 ms', 'p99 ms', 'evaluations lost or double'],
      ...rows,
    ]),
    '',
    '## Where the time of one login goes (one at once)',
    '',
    'From call to answer; the rest is the process itself: TLS, JSON, sealing, two-x arithmetic.',
    '',
    markdownTable([['store', 'part', 'calls', 'ms'], ...parts]),
    '',
  ].join('\n');
}
