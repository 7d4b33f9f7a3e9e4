/** What the systems' own programs say, as they say it, and what is made of it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UNKNOWN } from '../../main/jobs/schedule/surroundings.ts';
import { runProgram, type Run } from '../../main/jobs/surroundings/command.ts';
import * as linux from '../../main/jobs/surroundings/linux.ts';
import * as mac from '../../main/jobs/surroundings/macos.ts';
import { systemSurroundings } from '../../main/jobs/surroundings/system.ts';
import * as windows from '../../main/jobs/surroundings/windows.ts';

const ALL = { power: true, metered: true, wifi: true };

describe('programs of the system', () => {
  it('say nothing where they are missing or fail', async () => {
    expect(await runProgram('/nonexistent/program', [])).toBe('');
    expect(await runProgram(process.execPath, ['-e', 'console.log("x"); process.exit(3)'])).toBe('');
    expect(await runProgram(process.execPath, ['-e', 'console.log("é")'])).toBe('é\n');
  });

  it('that are not there leave everything unknown, on any system', async () => {
    const none: Run = async () => '';
    for (const of of [
      linux.linuxSurroundings(none, '/nonexistent'),
      mac.macSurroundings(none),
      windows.windowsSurroundings(none),
    ]) {
      expect(await of.read(ALL)).toEqual(UNKNOWN);
    }
  });

  it('of this computer answer', async () => {
    const now = await systemSurroundings().read(ALL);
    expect(Object.keys(now).sort()).toEqual(Object.keys(UNKNOWN).sort());
  });
});

describe('Linux', () => {
  const battery = (status: string, capacity: number): string =>
    `DEVTYPE=power_supply\nPOWER_SUPPLY_NAME=BAT0\nPOWER_SUPPLY_TYPE=Battery\nPOWER_SUPPLY_STATUS=${status}\nPOWER_SUPPLY_PRESENT=1\nPOWER_SUPPLY_CAPACITY=${capacity}\n`;
  const mains = (online: 0 | 1): string => `POWER_SUPPLY_TYPE=Mains\nPOWER_SUPPLY_ONLINE=${online}\n`;
  const mouse = 'POWER_SUPPLY_TYPE=Battery\nPOWER_SUPPLY_SCOPE=Device\nPOWER_SUPPLY_STATUS=Discharging\n';
  const of = (...texts: string[]) => linux.powerOf(texts.map(linux.supplyOf));

  it('knows battery and mains from what the kernel says', () => {
    expect(of(battery('Discharging', 41), mains(0))).toMatchObject({ onBattery: true, batteryPercent: 41 });
    expect(of(battery('Charging', 41), mains(1))).toMatchObject({ onBattery: false, batteryPercent: 41 });
    expect(of(battery('Full', 100), mains(1)).onBattery).toBe(false);
    expect(of(battery('Discharging', 40), battery('Unknown', 80))).toMatchObject({
      onBattery: true,
      batteryPercent: 60,
    });
    expect(of(mains(1), mouse)).toEqual(UNKNOWN);
  });

  it('reads the kernel’s own files, and asks only for what is wanted', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-power-'));
    await mkdir(path.join(folder, 'BAT0'));
    await writeFile(path.join(folder, 'BAT0', 'uevent'), battery('Discharging', 12));
    const asked: string[] = [];
    const run: Run = async (program) => {
      asked.push(program);
      return program === 'busctl' ? 'u 3\n' : '  :other\n*:Boat: house\n';
    };
    const here = linux.linuxSurroundings(run, folder);
    expect(await here.read(ALL)).toEqual({ onBattery: true, batteryPercent: 12, metered: true, wifi: 'Boat: house' });
    asked.length = 0;
    expect(await here.read({ power: true, metered: false, wifi: false })).toMatchObject({ metered: null, wifi: null });
    expect(asked).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it.each([
    ['u 0', null],
    ['u 1', true],
    ['u 2', false],
    ['u 3', true],
    ['u 4\n', false],
    ['', null],
    ['s "yes"', null],
  ])('takes NMMetered %j for %j', (said, metered) => {
    expect(linux.meteredOf(said)).toBe(metered);
  });

  it('finds the Wi-Fi in use among all', () => {
    expect(linux.wifiOf(' :one\n*:Café\n :two\n')).toBe('Café');
    expect(linux.wifiOf(' :one\n')).toBeNull();
    expect(linux.wifiOf('*:\n')).toBeNull();
  });
});

describe('macOS', () => {
  it('reads pmset', () => {
    const said = (source: string, rest: string): string =>
      `Now drawing from '${source}'\n -InternalBattery-0 (id=4653155)\t${rest} present: true\n`;
    expect(mac.powerOf(said('Battery Power', '85%; discharging; 4:12 remaining'))).toMatchObject({
      onBattery: true,
      batteryPercent: 85,
    });
    expect(mac.powerOf(said('AC Power', '100%; charged; 0:00 remaining')).onBattery).toBe(false);
    expect(mac.powerOf("Now drawing from 'AC Power'\n")).toEqual(UNKNOWN);
  });

  it('finds the Wi-Fi port and the default route', () => {
    const ports =
      'Hardware Port: Ethernet\nDevice: en5\nEthernet Address: aa\n\nHardware Port: Wi-Fi\nDevice: en0\nEthernet Address: bb\n';
    expect(mac.wifiPortOf(ports)).toBe('en0');
    expect(mac.wifiPortOf('Hardware Port: Ethernet\nDevice: en5\n')).toBeNull();
    expect(mac.routePortOf('   route to: default\ndestination: default\n  interface: en0\n      flags: <UP>\n')).toBe(
      'en0',
    );
  });

  it('reads the Wi-Fi’s name where it may know it', () => {
    expect(mac.summaryWifiOf('  BSSID : <redacted>\n  SSID : Boat house\n  Security : WPA2\n')).toBe('Boat house');
    expect(mac.summaryWifiOf('  SSID : <redacted>\n')).toBeNull();
    expect(mac.airportWifiOf('Current Wi-Fi Network: Studio\n')).toBe('Studio');
    expect(mac.airportWifiOf('You are not associated with an AirPort network.\n')).toBeNull();
  });

  it('knows a phone’s hotspot by its DHCP answer', () => {
    const packet = (router: string, more = ''): string =>
      `op = BOOTREPLY\noptions:\nrouter (ip_mult): {${router}}\n${more}end (none): \n`;
    expect(mac.meteredOf(packet('172.20.10.1'))).toBe(true);
    expect(mac.meteredOf(packet('172.20.10.12'))).toBe(false);
    expect(mac.meteredOf(packet('192.168.1.1'))).toBe(false);
    const android =
      'vendor_specific (opaque): \n0000  41 4e 44 52 4f 49 44 5f  4d 45 54 45 52 45 44     ANDROID_METERED\n';
    expect(mac.meteredOf(packet('192.168.43.1', android))).toBe(true);
    const split = 'vendor_specific (opaque): \n0000  41 4e 44 52 4f 49 44 5f 4d 45 54 45 52 45 44\n';
    expect(mac.meteredOf(packet('192.168.43.1', split))).toBe(true);
    expect(mac.meteredOf('')).toBeNull();
  });

  it('asks the port of each question', async () => {
    const answers: Record<string, string> = {
      '/usr/sbin/networksetup -listallhardwareports': 'Hardware Port: Wi-Fi\nDevice: en1\n',
      '/usr/sbin/ipconfig getsummary en1': '  SSID : <redacted>\n',
      '/usr/sbin/networksetup -getairportnetwork en1': 'Current Wi-Fi Network: Studio\n',
      '/sbin/route -n get default': '  interface: en1\n',
      '/usr/sbin/ipconfig getpacket en1': 'router (ip_mult): {172.20.10.1}\n',
    };
    const run: Run = async (program, args) => answers[[program, ...args].join(' ')] ?? '';
    expect(await mac.macSurroundings(run).read(ALL)).toEqual({ ...UNKNOWN, metered: true, wifi: 'Studio' });
  });
});

describe('Windows', () => {
  it('reads what PowerShell answers', () => {
    const answer = {
      batteries: [{ percent: 57, status: 1 }],
      cost: 'Variable',
      roaming: false,
      wifi: 'Boathouse',
    };
    expect(windows.answerOf(`\uFEFF${JSON.stringify(answer)}\r\n`)).toEqual({
      onBattery: true,
      batteryPercent: 57,
      metered: true,
      wifi: 'Boathouse',
    });
    expect(windows.answerOf('{"batteries":[{"percent":100,"status":2}],"cost":"Unrestricted"}')).toEqual({
      onBattery: false,
      batteryPercent: 100,
      metered: false,
      wifi: null,
    });
    expect(windows.answerOf('{"batteries":[],"cost":"Unknown"}')).toEqual(UNKNOWN);
    expect(windows.answerOf('{"cost":"Unrestricted","roaming":true}').metered).toBe(true);
    for (const damaged of ['', '{', '3', '{"batteries":"many"}']) expect(windows.answerOf(damaged)).toEqual(UNKNOWN);
  });

  it('hands over one script, without quoting, for what is wanted alone', async () => {
    const scripts: string[] = [];
    const run: Run = async (_, args) => {
      scripts.push(Buffer.from(args.at(-1) ?? '', 'base64').toString('utf16le'));
      return '{"batteries":[{"percent":9,"status":1}],"cost":"Fixed","wifi":"x"}';
    };
    const here = windows.windowsSurroundings(run);
    expect(await here.read({ power: true, metered: false, wifi: false })).toEqual({
      ...UNKNOWN,
      onBattery: true,
      batteryPercent: 9,
    });
    expect(scripts[0]).toContain('Win32_Battery');
    expect(scripts[0]).not.toContain('NetworkInformation');
    expect(await here.read({ power: false, metered: false, wifi: false })).toEqual(UNKNOWN);
    expect(scripts).toHaveLength(1);
  });
});
