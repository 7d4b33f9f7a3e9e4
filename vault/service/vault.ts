/** What every call works with. One object for each service, so that several can run in one process. */
import type { Hsm } from '../hsm/hsm.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { VaultBundle } from '../protocol/bundle.ts';
import type { SignedBundle } from '../protocol/messages.ts';
import type { Challenges } from './challenges.ts';
import type { Clock } from './clock.ts';
import type { Invites } from './invites.ts';
import type { Metrics } from './metrics.ts';
import type { Buckets, Rate } from './rate.ts';

export interface Limits {
  /** All requests of one address. */
  requests: Rate;
  /** Questions for records that do not exist. */
  unknown: Rate;
  registrations: Rate;
  challenges: Rate;
  /** Bytes of a request. */
  bodyBytes: number;
  /** Requests worked on at once; more are told to come again. */
  atOnce: number;
}

export const DEFAULT_LIMITS: Limits = {
  requests: { burst: 600, perMinute: 600 },
  unknown: { burst: 30, perMinute: 10 },
  registrations: { burst: 20, perMinute: 2 },
  challenges: { burst: 240, perMinute: 240 },
  bodyBytes: 16_384,
  atOnce: 256,
};

export interface Vault {
  ledger: Ledger;
  hsm: Hsm;
  /** The current one, the last of `chain`. */
  bundle: VaultBundle;
  chain: SignedBundle[];
  clock: Clock;
  challenges: Challenges;
  invites: Invites;
  metrics: Metrics;
  registrations: Buckets;
  unknown: Buckets;
  limits: Limits;
  health: HsmHealth;
}

/**
 * Whether the HSM's last answer was an error. While it was, a login first asks it for something that costs no try, so
 * that a failing HSM is a refusal before the charge.
 */
export interface HsmHealth {
  failing: boolean;
}

/** Who asks: for the limits, and nothing that is logged. */
export interface Caller {
  address: string;
}
