/**
 * Power from `pmset`, the network from `ipconfig`. macOS tells programs on the command line nothing of its Low Data
 * Mode, but phones that share their connection can be known: Android says so in its DHCP answer (as NetworkManager on
 * Linux reads it too), an iPhone always gives out the same addresses.
 */
import { type Surroundings, type SurroundingsNow, UNKNOWN } from '../schedule/surroundings.ts';
import type { Run } from './command.ts';

export function macSurroundings(run: Run): Surroundings {
  const wifiPort = async (): Promise<string | null> =>
    wifiPortOf(await run('/usr/sbin/networksetup', ['-listallhardwareports']));
  const wifi = async (): Promise<string | null> => {
    const port = await wifiPort();
    if (port === null) return null;
    const name = summaryWifiOf(await run('/usr/sbin/ipconfig', ['getsummary', port]));
    return name ?? airportWifiOf(await run('/usr/sbin/networksetup', ['-getairportnetwork', port]));
  };
  const metered = async (): Promise<boolean | null> => {
    const port = routePortOf(await run('/sbin/route', ['-n', 'get', 'default']));
    return port === null ? null : meteredOf(await run('/usr/sbin/ipconfig', ['getpacket', port]));
  };
  return {
    read: async (wanted) => ({
      ...(wanted.power ? powerOf(await run('/usr/bin/pmset', ['-g', 'batt'])) : UNKNOWN),
      metered: wanted.metered ? await metered() : null,
      wifi: wanted.wifi ? await wifi() : null,
    }),
  };
}

/** `Now drawing from 'Battery Power'`, then a line for each battery with its percent. */
export function powerOf(pmset: string): SurroundingsNow {
  const source = /^Now drawing from '([^']+)'/m.exec(pmset)?.[1];
  const percents = [...pmset.matchAll(/InternalBattery\S*.*?\t(\d{1,3})%/g)].map((match) => Number(match[1]));
  if (source === undefined || percents.length === 0) return UNKNOWN;
  const sum = percents.reduce((total, percent) => total + percent, 0);
  return { ...UNKNOWN, onBattery: source === 'Battery Power', batteryPercent: sum / percents.length };
}

/** The device of the hardware port that is called Wi-Fi, such as `en0`. */
export function wifiPortOf(networksetup: string): string | null {
  return /^Hardware Port: Wi-Fi\nDevice: (\w+)$/m.exec(networksetup)?.[1] ?? null;
}

/** The interface of the default route. */
export function routePortOf(route: string): string | null {
  return /^\s*interface: (\w+)$/m.exec(route)?.[1] ?? null;
}

/** `  SSID : name`; newer systems write `<redacted>` for programs that may not know where the computer is. */
export function summaryWifiOf(summary: string): string | null {
  const name = /^\s*SSID : (.+)$/m.exec(summary)?.[1]?.trim();
  return name === undefined || name === '' || name === '<redacted>' ? null : name;
}

/** `Current Wi-Fi Network: name`. */
export function airportWifiOf(networksetup: string): string | null {
  return /^Current Wi-Fi Network: (.+)$/m.exec(networksetup)?.[1]?.trim() ?? null;
}

/** The DHCP answer: Android's own mark in the vendor's option, or the router of an iPhone's hotspot. */
export function meteredOf(packet: string): boolean | null {
  if (packet.trim() === '') return null;
  const router = /^router \(ip_mult\): \{([^}]*)\}/m.exec(packet)?.[1] ?? '';
  return /\b172\.20\.10\.1\b/.test(router) || dumpedText(packet).includes('ANDROID_METERED');
}

/** The bytes of hex dumps (`0000  41 4e 44 …  AND…`), and whatever stands there as text. */
function dumpedText(packet: string): string {
  const rows = [...packet.matchAll(/^\s*[0-9a-f]{4}\s{2}((?:[0-9a-f]{2} ?)+)/gm)];
  const dumped = rows.map((row) => Buffer.from((row[1] ?? '').replaceAll(' ', ''), 'hex').toString('latin1')).join('');
  return `${packet}\n${dumped}`;
}
