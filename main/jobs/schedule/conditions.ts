/** What holds back a backup that starts by itself, in words. Pure functions. */
import { isQuiet, quietEnd } from './next-run.ts';
import type { SurroundingsNow, Wanted } from './surroundings.ts';
import type { Conditions } from './when.ts';
import { type List, list, text } from '../../text.ts';
import { locale, say } from '../../words/say.ts';

export interface WaitsFor {
  reason: 'quiet' | 'power' | 'metered' | 'wifi' | 'destination' | 'sign-in' | 'key';
  /** One sentence. */
  line: string;
}

/** What has to be looked at for these conditions. @param network false where no destination lies behind a network */
export function wantedFor({ power, onMetered, wifi }: Conditions, network: boolean): Wanted {
  return {
    power: power.kind !== 'any',
    metered: network && !onMetered,
    wifi: network && wifi.kind !== 'any' && wifi.names.length > 0,
  };
}

/** The first condition that does not hold; null where all do. What is not known holds nothing back. */
export function heldBack(
  conditions: Conditions,
  now: SurroundingsNow,
  { network, nowMs }: { network: boolean; nowMs: number },
): WaitsFor | null {
  return (
    quietNow(conditions, nowMs) ??
    power(conditions, now) ??
    (network ? metered(conditions, now) : null) ??
    (network ? wifi(conditions, now) : null)
  );
}

export function quietNow({ quiet }: Conditions, nowMs: number): WaitsFor | null {
  if (!isQuiet(nowMs, quiet)) return null;
  const end = new Date(quietEnd(nowMs, quiet));
  const time = end.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return { reason: 'quiet', line: say(text`Waits until ${time}, when your quiet hours end.`) };
}

function power({ power }: Conditions, { onBattery, batteryPercent }: SurroundingsNow): WaitsFor | null {
  if (power.kind === 'any' || onBattery !== true) return null;
  if (power.kind === 'mains') return { reason: 'power', line: say('Waits until this computer is plugged in.') };
  if (batteryPercent === null || batteryPercent >= power.percent) return null;
  return {
    reason: 'power',
    line: say(text`Waits until this computer is plugged in: its battery is below ${power.percent}%.`),
  };
}

function metered({ onMetered }: Conditions, now: SurroundingsNow): WaitsFor | null {
  if (onMetered || now.metered !== true) return null;
  return { reason: 'metered', line: say('Waits for a network that isn’t metered.') };
}

function wifi({ wifi }: Conditions, now: SurroundingsNow): WaitsFor | null {
  if (now.wifi === null || wifi.names.length === 0) return null;
  const named = wifi.names.includes(now.wifi);
  if (wifi.kind === 'only' && !named) {
    return { reason: 'wifi', line: say(text`Waits for the Wi-Fi ${quoted(wifi.names)}, or a cable.`) };
  }
  if (wifi.kind === 'never' && named) {
    return { reason: 'wifi', line: say(text`Waits until you are on another network than ${quoted([now.wifi])}.`) };
  }
  return null;
}

/** “a”, “b” or “c”. */
function quoted(names: readonly string[]): List {
  return list(
    names.map((name) => `“${name}”`),
    'or',
  );
}
