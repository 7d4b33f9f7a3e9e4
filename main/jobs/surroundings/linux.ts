/** Power from the kernel (`/sys/class/power_supply`), the network from NetworkManager. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Surroundings, type SurroundingsNow, UNKNOWN } from '../schedule/surroundings.ts';
import type { Run } from './command.ts';

const POWER_SUPPLIES = '/sys/class/power_supply';
/** `busctl` reads one property; the unsigned number that it gives is an `NMMetered`. */
const METERED = [
  '--system',
  '--timeout=3',
  'get-property',
  'org.freedesktop.NetworkManager',
  '/org/freedesktop/NetworkManager',
  'org.freedesktop.NetworkManager',
  'Metered',
];
/** From the last scan: no new one for a question. */
const WIFI = ['--terse', '--escape', 'no', '--fields', 'IN-USE,SSID', 'device', 'wifi', 'list', '--rescan', 'no'];

/** What a supply says of itself in its `uevent`, by the name without `POWER_SUPPLY_`. */
export type Supply = ReadonlyMap<string, string>;

export function linuxSurroundings(run: Run, supplies: string = POWER_SUPPLIES): Surroundings {
  return {
    read: async (wanted) => ({
      ...(wanted.power ? powerOf(await readSupplies(supplies)) : UNKNOWN),
      metered: wanted.metered ? meteredOf(await run('busctl', METERED)) : null,
      wifi: wanted.wifi ? wifiOf(await run('nmcli', WIFI)) : null,
    }),
  };
}

async function readSupplies(folder: string): Promise<Supply[]> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names.map(async (name) => await readFile(path.join(folder, name, 'uevent'), 'utf8').catch(() => '')),
  );
  return texts.map(supplyOf);
}

/** Lines `POWER_SUPPLY_NAME=value`. */
export function supplyOf(uevent: string): Supply {
  const lines = uevent.split('\n').map((line) => /^POWER_SUPPLY_(\w+)=(.*)$/.exec(line));
  return new Map(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])));
}

/**
 * On battery where one empties itself and nothing plugged in gives power. The batteries of mice and pens (scope
 * `Device`) power no computer.
 */
export function powerOf(all: readonly Supply[]): SurroundingsNow {
  const supplies = all.filter((supply) => supply.get('SCOPE') !== 'Device');
  const batteries = supplies.filter((supply) => supply.get('TYPE') === 'Battery' && supply.get('PRESENT') !== '0');
  if (batteries.length === 0) return UNKNOWN;
  const plugged = supplies.some((supply) => supply.get('TYPE') !== 'Battery' && supply.get('ONLINE') === '1');
  const emptying = batteries.some((battery) => battery.get('STATUS') === 'Discharging');
  const percents = batteries.flatMap((battery) => {
    const percent = Number.parseInt(battery.get('CAPACITY') ?? '', 10);
    return Number.isNaN(percent) ? [] : [percent];
  });
  const sum = percents.reduce((total, percent) => total + percent, 0);
  return {
    ...UNKNOWN,
    onBattery: emptying && !plugged,
    batteryPercent: percents.length === 0 ? null : sum / percents.length,
  };
}

/** `u 1` and `u 3` (guessed, such as a phone's) are metered, `u 2` and `u 4` are not, `u 0` is not known. */
export function meteredOf(busctl: string): boolean | null {
  const value = /^u ([0-4])\s*$/.exec(busctl)?.[1];
  return value === undefined || value === '0' ? null : value === '1' || value === '3';
}

/** The line that starts with `*:`; the rest of it is the name. */
export function wifiOf(nmcli: string): string | null {
  const line = nmcli.split('\n').find((each) => each.startsWith('*:'));
  return line === undefined || line.length === 2 ? null : line.slice(2);
}
