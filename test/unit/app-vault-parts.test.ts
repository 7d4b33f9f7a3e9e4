import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { EmbeddedVault, type VaultProcess } from '../../main/app/vault/embedded.ts';
import { isLoopback, parsePlace, shownIdentity } from '../../main/app/vault/place.ts';
import { unseenFailures } from '../../main/app/vault/watch.ts';
import { PASSWORD_WORDS, wordPassword } from '../../main/app/vault/words.ts';
import { FakeClock } from '../support/fake-clock.ts';

const IDENTITY = '9a'.repeat(32);

describe('address and identity of a vault', () => {
  it('are taken as people type them', () => {
    const text = shownIdentity({ urls: ['https://a.example'], fingerprint: IDENTITY }).fingerprint;
    expect(text.split(' ')).toHaveLength(13);
    const place = { urls: ['https://a.example', 'https://b.example:8443'], fingerprint: IDENTITY };
    for (const typed of [text, text.toLowerCase(), text.replaceAll(' ', ''), text.replaceAll(' ', '-'), IDENTITY]) {
      expect(parsePlace(' a.example, https://b.example:8443/ a.example', typed)).toEqual(place);
    }
  });

  it('are both in the line of the square code, in either field', () => {
    const digits = shownIdentity({ urls: ['https://a.example'], fingerprint: IDENTITY }).fingerprint.replaceAll(
      ' ',
      '',
    );
    const line = `HOLDFAST:VAULT:V1:${digits}:HTTPS://A.EXAMPLE+HTTPS://B.EXAMPLE`;
    const place = { urls: ['https://a.example', 'https://b.example'], fingerprint: IDENTITY };
    expect(parsePlace('', line)).toEqual(place);
    expect(parsePlace(line, '')).toEqual(place);
  });

  it.each([
    'http://a.example',
    'https://a.example/path',
    'https://user@a.example',
    'https://a.example?x=1',
    'ftp://a.example',
    '',
    'exa[mple',
    Array.from({ length: 17 }, (_, i) => `${i}.example`).join(' '),
  ])('are refused: %s', (address) => {
    expect(() => parsePlace(address, IDENTITY)).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });

  it('need an identity that is one', () => {
    for (const wrong of ['', '9a9a', `${IDENTITY}00`, 'z'.repeat(64)]) {
      expect(() => parsePlace('a.example', wrong)).toThrow(expect.objectContaining({ code: 'bad-input' }));
    }
  });

  it('tell this computer from others', () => {
    expect(isLoopback(['https://127.0.0.1:4000', 'https://[::1]', 'https://localhost:1'])).toBe(true);
    expect(isLoopback(['https://127.0.0.1:4000', 'https://a.example'])).toBe(false);
    expect(isLoopback(['https://localhost.example'])).toBe(false);
  });
});

describe('six words', () => {
  it('are words with single spaces, never twice the same', () => {
    const made = Array.from({ length: 50 }, wordPassword);
    for (const password of made) expect(password).toMatch(/^[a-z]{3,8}( [a-z]{3,8}){5}$/);
    expect(new Set(made).size).toBe(50);
    expect(new Set(made.flatMap((password) => password.split(' '))).size).toBeGreaterThan(200);
    expect(PASSWORD_WORDS).toBe(6);
  });
});

describe('unseen failures', () => {
  const report = (times: number[]) => ({
    failures: times.map((at) => ({ at, thisComputer: false, known: false })),
  });
  it('are those after the last look', () => {
    expect(unseenFailures(report([10, 20, 30]) as never, 10)).toEqual({ count: 2, since: 20 });
    expect(unseenFailures(report([10]) as never, 10)).toBeNull();
    expect(unseenFailures(null, 0)).toBeNull();
  });
});

/** A child that says it is ready, then lives until its stdin is closed; `die` on stdin kills it with code 3. */
const READY = JSON.stringify({ url: 'https://127.0.0.1:4711', fingerprint: IDENTITY, vaultId: 'ee'.repeat(16) });
const LIVES = `
  process.stdout.write(${JSON.stringify(READY)}.slice(0, 20));
  process.stdout.write(${JSON.stringify(READY)}.slice(20) + '\\nmore\\n');
  process.stdin.on('data', (d) => String(d).includes('die') && process.exit(3));
  process.stdin.on('end', () => process.exit(0));
`;

function world(script: string) {
  const clock = new FakeClock();
  const children: VaultProcess[] = [];
  const said: string[] = [];
  const vault = new EmbeddedVault({
    run: () => {
      const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'pipe'] });
      children.push(child);
      return child;
    },
    exists: () => true,
    clock,
    report: (what) => void said.push(what),
  });
  return { vault, clock, children, said };
}

describe('the vault on this computer', () => {
  it('is started once for all who need it, and ends when its stdin is closed', async () => {
    const { vault, children } = world(LIVES);
    const [first, second] = await Promise.all([vault.start(), vault.start()]);
    expect(first).toEqual({ urls: ['https://127.0.0.1:4711'], fingerprint: IDENTITY });
    expect(second).toBe(first);
    expect(children).toHaveLength(1);
    await vault.stop();
    expect(children[0]?.exitCode).toBe(0);
    await expect(vault.start()).rejects.toMatchObject({ code: 'vault-unreachable' });
  });

  it('is started again after it died, later each time', async () => {
    const { vault, children, clock, said } = world(LIVES);
    await vault.start();
    children[0]?.stdin.write('die');
    await once(children[0] as VaultProcess, 'close');
    expect(clock.waiting).toBe(1);
    clock.advance(999);
    expect(children).toHaveLength(1);
    clock.advance(1);
    expect(children).toHaveLength(2);
    await vault.start();
    expect(children).toHaveLength(2);
    expect(said.join()).toContain('started again');
    await vault.stop();
  });

  it('comes back at once for whoever needs it meanwhile', async () => {
    const { vault, children, clock } = world(LIVES);
    await vault.start();
    children[0]?.stdin.write('die');
    await once(children[0] as VaultProcess, 'close');
    await vault.start();
    expect(children).toHaveLength(2);
    clock.advance(60_000);
    expect(children).toHaveLength(2);
    await vault.stop();
  });

  it('says what it wrote to stderr where it does not come up, and can be asked again', async () => {
    const { vault, children } = world('process.stderr.write("no SoftHSM2 here\\n"); process.exit(1)');
    for (const times of [1, 2]) {
      await expect(vault.start()).rejects.toMatchObject({
        code: 'vault-unreachable',
        detail: 'no SoftHSM2 here',
      });
      expect(children).toHaveLength(times);
    }
    await vault.stop();
  });

  it.each(['nonsense', '{"url":"http://127.0.0.1:1","fingerprint":"00"}', '{}'])(
    'is not believed with the line %s',
    async (line) => {
      const { vault, children } = world(`console.log(${JSON.stringify(line)}); process.stdin.resume()`);
      await expect(vault.start()).rejects.toMatchObject({ code: 'vault-unreachable' });
      expect(children[0]?.signalCode).toBe('SIGKILL');
    },
  );

  it('is killed where it does not end by itself', async () => {
    const { vault, children, clock } = world(
      `${LIVES.replace('process.exit(0)', 'undefined')} setInterval(() => 0, 1e6)`,
    );
    await vault.start();
    const stopped = vault.stop();
    clock.advance(3_000);
    await stopped;
    expect(children[0]?.signalCode).toBe('SIGKILL');
  });
});
