/**
 * What passes between this computer and a destination's server: counted, slowed down to the limits, and halted while the
 * run is paused. Adapters report every request and pass every byte through it, so that a pause stops bytes within a
 * second in the middle of an object.
 */

/** What a request is, as providers bill it. */
export type RequestClass = 'create' | 'read' | 'list' | 'stat' | 'remove' | 'other';

export interface TrafficCount {
  /** Requests by class; retries count again, as they are billed. */
  requests: Record<RequestClass, number>;
  /** Bytes of bodies. */
  sentBytes: number;
  receivedBytes: number;
  /** Quota units of the provider (Google Drive); 0 where it has none. */
  units: number;
}

export interface Traffic {
  /** Counts a request just before it is sent; `units` of quota. Waits while paused. */
  request(what: RequestClass, options?: { units?: number; signal?: AbortSignal | undefined }): Promise<void>;
  /** Waits until `bytes` may be sent, then counts them; call it with pieces of 16 to 256 KiB. */
  send(bytes: number, signal?: AbortSignal): Promise<void>;
  /** The same for bytes received. */
  receive(bytes: number, signal?: AbortSignal): Promise<void>;
}

export function emptyCount(): TrafficCount {
  return {
    requests: { create: 0, read: 0, list: 0, stat: 0, remove: 0, other: 0 },
    sentBytes: 0,
    receivedBytes: 0,
    units: 0,
  };
}

/** Counts nothing and never waits. */
export const freeTraffic: Traffic = {
  request: async () => undefined,
  send: async () => undefined,
  receive: async () => undefined,
};
