/** What readers, the coordinator and the fetcher's thread say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { DestinationSpec, EngineEvent } from '../api.ts';
import type { ErrorInfo } from '../../errors.ts';

/** A pack as the fetcher knows it. */
export interface FetchedPack {
  /** Logical name. */
  name: string;
  /** Stored size in bytes. */
  size: number;
}

/** Where cached parts lie; both folders are absolute paths. */
export interface CachePlaces {
  /** Whole metadata packs, by the SHA-256 in their names; kept over runs where the destination has a scratch folder. */
  kept: string;
  /** Parts of this fetcher alone; goes with it. */
  parts: string;
}

export interface FetcherData {
  spec: DestinationSpec;
  packs: FetchedPack[];
  shared: SharedArrayBuffer;
  places: CachePlaces;
  /** True: whole packs that were kept in earlier runs are not used. */
  fresh: boolean;
  /** Most bytes of parts on the disk. */
  budgetBytes: number;
}

/** A reader's end of its line to the fetcher; goes to a pipeline worker with its port transferred. */
export interface LineData {
  port: MessagePort;
  /** One word: number of the last request that was answered. */
  answered: SharedArrayBuffer;
  shared: SharedArrayBuffer;
  places: CachePlaces;
}

/** Reader to fetcher. */
export type FromReader =
  | { type: 'want'; request: number; part: number; mask: number }
  /** So many MiB that were fetched ahead have been read. */
  | { type: 'read'; mib: number };

/** Fetcher to reader; `answered` is raised after it was posted. */
export interface Answer {
  request: number;
  error: ErrorInfo | null;
}

/** Coordinator to fetcher. */
export type ToFetcher =
  | { type: 'line'; port: MessagePort; answered: SharedArrayBuffer }
  /** What will be read soon, in order: pairs of a part's number and its MiB. */
  | { type: 'plan'; plan: number; wanted: Int32Array }
  | { type: 'plan-done'; plan: number }
  | { type: 'attend'; verb: number; control: SharedArrayBuffer }
  | { type: 'leave'; verb: number }
  | { type: 'close' };

/** Fetcher to coordinator. */
export type FromFetcher =
  | { type: 'event'; verb: number; event: EngineEvent }
  /** The verb's last event has been sent. */
  | { type: 'left'; verb: number };
