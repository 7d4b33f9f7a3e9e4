/** Requests and bytes of a run, by destination: what the providers bill. */
import type { EngineEvent } from '../engine/api.ts';
import type { RunRecord } from './activity.ts';

type Traffic = NonNullable<RunRecord['traffic']>[number];

export class TrafficLog {
  readonly #all = new Map<string, Traffic>();

  /** @param names what people call the destinations, by the labels that the engine gives them */
  take(event: EngineEvent, names: ReadonlyMap<string, string> = new Map()): void {
    if (event.type !== 'traffic') return;
    const destination = names.get(event.destination) ?? event.destination;
    const before = this.#all.get(destination);
    const { requests, sentBytes, receivedBytes, units } = event.count;
    const sum: Record<string, number> = { ...before?.requests };
    for (const [what, count] of Object.entries(requests)) sum[what] = (sum[what] ?? 0) + count;
    this.#all.set(destination, {
      destination,
      requests: sum,
      sentBytes: (before?.sentBytes ?? 0) + sentBytes,
      receivedBytes: (before?.receivedBytes ?? 0) + receivedBytes,
      units: (before?.units ?? 0) + units,
    });
  }

  list(): Traffic[] {
    return [...this.#all.values()];
  }
}
