/** The places of a run as its table shows them. */
import type { RunDetail } from '../../../preload/contract.ts';

export interface PlaceRow {
  readonly name: string;
  /** Null where the run does not tell. */
  readonly complete: boolean | null;
  readonly storedBytes: number | null;
  readonly why: string | null;
  readonly requests: number | null;
  readonly bytes: number | null;
}

/** Each place once: how it ended there, and what its server was asked. */
export function placeRows({ destinations, traffic }: Pick<RunDetail, 'destinations' | 'traffic'>): PlaceRow[] {
  const asked = new Map(traffic.map((one) => [one.destination, one]));
  const told = destinations.map(({ name, complete, storedBytes, error }): PlaceRow => {
    const count = asked.get(name);
    asked.delete(name);
    return {
      name,
      complete,
      storedBytes,
      why: error?.message ?? null,
      requests: count?.requests ?? null,
      bytes: count === undefined ? null : count.sentBytes + count.receivedBytes,
    };
  });
  const others = [...asked.values()].map(({ destination, requests, sentBytes, receivedBytes }): PlaceRow => ({
    name: destination,
    complete: null,
    storedBytes: null,
    why: null,
    requests,
    bytes: sentBytes + receivedBytes,
  }));
  return [...told, ...others];
}
