/** What the two processes of the vault's bench tell each other, and what the report is made of. */
import type { HsmCounts } from '../../../vault/hsm/hsm.ts';

export type StoreKind = 'sqlite' | 'etcd';

export interface SiteSettings {
  store: StoreKind;
  endpoints: string[];
  folder: string;
  token: { modulePath: string; tokenLabel: string; pin: string; conf: string };
}

/** Since the process started. */
export interface Figures {
  counts: HsmCounts;
  /** By name of the part; ms from call to answer, those that overlap counted each. */
  parts: Record<string, { calls: number; ms: number }>;
  /** Processor time, user and system, of the service's process, all its threads. */
  cpuMs: number;
}

export interface Load {
  store: StoreKind;
  /** Logins that were on their way at once. */
  clients: number;
  logins: number;
  seconds: number;
  /** ms of LoginStart and LoginFinish together, as the client waits for the vault. */
  p50: number;
  p99: number;
  cpuMsPerLogin: number;
  /** OPRF evaluations that the HSM made, less logins: 0 where none was lost or made twice. */
  evaluationsOff: number;
  partsPerLogin: { name: string; calls: number; ms: number }[];
}
