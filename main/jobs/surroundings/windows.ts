/** Power from WMI, the network from the Windows Runtime: one PowerShell that answers in JSON. */
import path from 'node:path';
import { z } from 'zod';
import { type Surroundings, type SurroundingsNow, UNKNOWN } from '../schedule/surroundings.ts';
import type { Run } from './command.ts';

/** Windows PowerShell 5.1: later ones know no types of the Windows Runtime. */
const POWERSHELL = path.win32.join(
  process.env['SystemRoot'] ?? 'C:\\Windows',
  'System32\\WindowsPowerShell\\v1.0\\powershell.exe',
);

const POWER = `
  $batteries = @(Get-CimInstance -ClassName Win32_Battery)
  $answer.batteries = @($batteries | ForEach-Object { @{ percent = $_.EstimatedChargeRemaining; status = $_.BatteryStatus } })`;

const NETWORK = `
  $null = [Windows.Networking.Connectivity.NetworkInformation, Windows.Networking.Connectivity, ContentType = WindowsRuntime]
  $profile = [Windows.Networking.Connectivity.NetworkInformation]::GetInternetConnectionProfile()
  if ($null -ne $profile) {
    $cost = $profile.GetConnectionCost()
    $answer.cost = [string]$cost.NetworkCostType
    $answer.roaming = $cost.Roaming
    if ($profile.IsWlanConnectionProfile) { $answer.wifi = $profile.WlanConnectionProfileDetails.GetConnectedSsid() }
  }`;

export function windowsSurroundings(run: Run, powershell: string = POWERSHELL): Surroundings {
  return {
    read: async (wanted) => {
      const network = wanted.metered || wanted.wifi;
      if (!wanted.power && !network) return UNKNOWN;
      const script = [
        '[Console]::OutputEncoding = [Text.Encoding]::UTF8',
        '$answer = @{}',
        ...(wanted.power ? [POWER] : []),
        ...(network ? [NETWORK] : []),
        'ConvertTo-Json -Compress -Depth 4 -InputObject $answer',
      ].join('\n');
      // Base64 of UTF-16: nothing of it passes through quoting.
      const encoded = Buffer.from(script, 'utf16le').toString('base64');
      const answer = await run(powershell, ['-NoProfile', '-NonInteractive', '-EncodedCommand', encoded]);
      const { metered, wifi, ...power } = answerOf(answer);
      return { ...power, metered: wanted.metered ? metered : null, wifi: wanted.wifi ? wifi : null };
    },
  };
}

const Answer = z.object({
  batteries: z.array(z.object({ percent: z.number().nullable(), status: z.number().nullable() })).optional(),
  /** `Unrestricted`, `Fixed`, `Variable` or `Unknown`. */
  cost: z.string().nullish(),
  roaming: z.boolean().nullish(),
  wifi: z.string().nullish(),
});

/** `Win32_Battery.BatteryStatus`: these run from the battery; 4 and 5 say that it is low or critical. */
const DISCHARGING: readonly (number | null)[] = [1, 4, 5];

export function answerOf(json: string): SurroundingsNow {
  const answer = parse(json);
  if (answer === null) return UNKNOWN;
  const batteries = answer.batteries ?? [];
  const percents = batteries.flatMap(({ percent }) => percent ?? []);
  const sum = percents.reduce((total, percent) => total + percent, 0);
  const cost = answer.cost ?? 'Unknown';
  return {
    onBattery: batteries.length === 0 ? null : batteries.every(({ status }) => DISCHARGING.includes(status)),
    batteryPercent: percents.length === 0 ? null : sum / percents.length,
    metered: answer.roaming === true ? true : cost === 'Unknown' ? null : cost !== 'Unrestricted',
    wifi: answer.wifi == null || answer.wifi === '' ? null : answer.wifi,
  };
}

function parse(json: string): z.infer<typeof Answer> | null {
  try {
    return Answer.safeParse(JSON.parse(json.replace(/^\uFEFF/, ''))).data ?? null;
  } catch {
    return null;
  }
}
