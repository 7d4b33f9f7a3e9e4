/** Counts for operators. None of them is of one record, so that they name nobody. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Hsm } from '../hsm/hsm.ts';

export interface Metrics {
  registry: Registry;
  requests: Counter<'call' | 'status'>;
  seconds: Histogram<'call'>;
  changes: Counter<'type'>;
  conflicts: Counter;
  ready: Gauge;
}

export function createMetrics(hsm: Pick<Hsm, 'counts'>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const operations = new Gauge({
    name: 'vault_hsm_operations',
    help: 'Operations in the HSM since the service started',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, count] of Object.entries(hsm.counts)) operations.set({ kind }, count as number);
    },
  });
  return {
    registry,
    requests: new Counter({
      name: 'vault_requests_total',
      help: 'Requests by call and HTTP status',
      labelNames: ['call', 'status'],
      registers,
    }),
    seconds: new Histogram({
      name: 'vault_request_seconds',
      help: 'Time to answer',
      labelNames: ['call'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    changes: new Counter({
      name: 'vault_changes_total',
      help: 'Changes of records by what happened',
      labelNames: ['type'],
      registers,
    }),
    conflicts: new Counter({
      name: 'vault_conflicts_total',
      help: 'Changes that another site was faster with',
      registers,
    }),
    ready: new Gauge({ name: 'vault_ready', help: '1 where this site may answer logins', registers }),
  };
}
