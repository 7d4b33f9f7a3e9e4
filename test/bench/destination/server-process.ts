/** A Google of its own process for the bench: 20 ms to every answer, 3 creates a second. Ends with its standard input. */
import { FakeGoogle } from '../../support/fake-google/fake-google.ts';

export const ACCOUNT = 'bench@example.com';

export async function main(): Promise<void> {
  const google = await FakeGoogle.start({ latencyMs: 20, writesPerSecond: 3 });
  google.addAccount(ACCOUNT);
  process.stdout.write(`${JSON.stringify({ origin: google.origin, credentials: google.signedIn(ACCOUNT) })}\n`);
  process.stdin.once('close', () => process.exit(0)).resume();
}

if (process.argv[2] === 'serve') await main();
