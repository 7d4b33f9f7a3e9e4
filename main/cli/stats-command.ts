/** `holdfast stats --requests`: requests, bytes and quota units by destination and by what was done. */
import type { Run } from './commands.ts';
import { bytesText, countText, Exit, oneLine } from './output.ts';
import { readRequests, type RequestLine } from './request-log.ts';

interface Sum {
  destination: string;
  verb: string;
  runs: number;
  bytes: number;
  requests: Record<string, number>;
  allRequests: number;
  sentBytes: number;
  receivedBytes: number;
  units: number;
}

const GIB = 2 ** 30;

/** @param options.days runs of the last so many days; all where it is not given */
export async function statsCommand(options: { days?: number | undefined }, run: Run): Promise<number> {
  const since = options.days === undefined ? 0 : Date.now() - options.days * 86_400_000;
  const sums = sumUp((await readRequests()).filter(({ at }) => at >= since));
  run.output.result(
    { requests: sums },
    sums.length === 0
      ? 'No run has spoken to a server yet. Folders of this computer make no requests.'
      : [...sums.map(words), 'Per GiB: of what was backed up, restored or checked.'].join('\n'),
  );
  return Exit.done;
}

/** One sum for each destination and verb, in the order of their first runs. */
export function sumUp(lines: readonly RequestLine[]): Sum[] {
  const sums = new Map<string, Sum>();
  for (const line of lines) {
    const key = `${line.destination}\0${line.verb}`;
    const sum = sums.get(key) ?? {
      destination: line.destination,
      verb: line.verb,
      runs: 0,
      bytes: 0,
      requests: {},
      allRequests: 0,
      sentBytes: 0,
      receivedBytes: 0,
      units: 0,
    };
    sum.runs += 1;
    sum.bytes += line.bytes;
    sum.sentBytes += line.sentBytes;
    sum.receivedBytes += line.receivedBytes;
    sum.units += line.units;
    for (const [what, count] of Object.entries(line.requests)) {
      sum.requests[what] = (sum.requests[what] ?? 0) + count;
      sum.allRequests += count;
    }
    sums.set(key, sum);
  }
  return [...sums.values()];
}

function words(sum: Sum): string {
  const kinds = Object.entries(sum.requests)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what} ${countText(count)}`)
    .join(', ');
  const each = (value: number): string =>
    sum.bytes === 0 ? '' : ` (${countText(Math.round((value * GIB) / sum.bytes))} per GiB)`;
  return [
    `${oneLine(sum.destination)}, ${sum.verb}: ${countText(sum.runs)} ${sum.runs === 1 ? 'run' : 'runs'}, ${bytesText(sum.bytes)}`,
    `  ${countText(sum.allRequests)} requests${each(sum.allRequests)}: ${kinds}`,
    `  sent ${bytesText(sum.sentBytes)}, received ${bytesText(sum.receivedBytes)}${
      sum.units === 0 ? '' : `, ${countText(sum.units)} quota units${each(sum.units)}`
    }`,
  ].join('\n');
}
