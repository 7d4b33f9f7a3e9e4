/** What a computer can tell of its power and its network: the port through which the scheduler looks at them. */

export interface SurroundingsNow {
  /** Null where it can't be told, or there is no battery. */
  onBattery: boolean | null;
  /** Of all batteries together, 0 to 100; null where there is none or it can't be told. */
  batteryPercent: number | null;
  /** Paid by the byte, or treated so by the system; null where it can't be told. */
  metered: boolean | null;
  /** Name of the Wi-Fi in use; null on a cable, or where it can't be told. */
  wifi: string | null;
}

/** What is asked for: looking at a network costs a child process or more. */
export interface Wanted {
  power: boolean;
  metered: boolean;
  wifi: boolean;
}

export interface Surroundings {
  /** Never rejects: what can't be told is null, and holds nothing back. */
  read(wanted: Wanted): Promise<SurroundingsNow>;
}

export const UNKNOWN: SurroundingsNow = { onBattery: null, batteryPercent: null, metered: null, wifi: null };
