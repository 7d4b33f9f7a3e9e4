/** What is asked and answered before a destination can be named (connect.ts). */
import type { Text } from '../text.ts';
import type { CallOptions } from './destination.ts';
import type { DestinationCredentials } from './spec.ts';

/** An OAuth client of the person's own (type "Desktop app" in Google's console). */
export interface OAuthClient {
  clientId: string;
  clientSecret: string;
}

export interface GoogleSignInOptions extends CallOptions {
  /** Null: the one that is built in; `bad-input` where the build has none. */
  client: OAuthClient | null;
  /** Opens the address in the system's browser. */
  openUrl(url: string): Promise<void>;
  /** The account that is expected, where one signs in again; another one is `destination-denied`. */
  account?: string | undefined;
  /** For the page that ends the sign-in in the browser; English where it is not given. */
  words?: PageWords | undefined;
}

/** The language of a page. */
export interface PageWords {
  /** Its code, such as `de`. */
  language: string;
  /** Which way its lines run. */
  direction: 'ltr' | 'rtl';
  say: (said: string | Text) => string;
}

export interface GoogleSignIn {
  account: string;
  credentials: Extract<DestinationCredentials, { kind: 'google-drive' }>;
  /** Free bytes of the account's storage; null where it has no limit. */
  freeBytes: number | null;
  totalBytes: number | null;
  /** Shared drives that the account may write to. */
  sharedDrives: { id: string; name: string }[];
}

/** A service that speaks S3's protocol, for the form: where its endpoint is and what it is known to do. */
export interface S3Preset {
  id: string;
  name: string;
  /** Address of the service; `{region}` stands for the region. Null: Amazon's own. Empty: the person types it. */
  endpoint: string | null;
  /** Regions to choose from, the usual one first. Empty: the person types it. */
  regions: readonly string[];
  pathStyle: boolean;
  /** Objects can be protected from deletion for a time, in buckets that were made with it. */
  objectLock: boolean;
  /** Storage classes for data packs that can be read at once, cheapest for backups first. Empty: only the usual one. */
  storageClasses: readonly string[];
  /** What a person has to know before choosing it; null where there is nothing. */
  note: string | null;
}
