/**
 * The window's posture, tried from inside: whatever a page could do if it were hostile is tried in the real app, and
 * refused.
 */
import { expect, test } from '@playwright/test';
import { methods } from '../../preload/contract.ts';
import type { Bridge } from '../../preload/contract.ts';
import { type AppWindow, openApp } from '../support/app-window.ts';

declare global {
  interface Window {
    readonly holdfast: Bridge;
  }
}

let window: AppWindow;

test.beforeAll(async () => {
  window = await openApp();
});
test.afterAll(async () => {
  await window.close();
});

test('the page is the app’s own and stays so', async () => {
  const { page } = window;
  await page.locator('h1').first().waitFor();
  expect(page.url()).toMatch(/^app:\/\/holdfast\/index\.html/);
  const before = page.url();
  for (const address of ['https://example.org/', 'file:///etc/passwd', 'app://elsewhere/', 'data:text/html,x']) {
    await page.evaluate((to) => {
      location.href = to;
    }, address);
    await page.evaluate((to) => {
      const link = document.createElement('a');
      link.href = to;
      link.target = '_top';
      document.body.append(link);
      link.click();
      link.remove();
    }, address);
  }
  expect(page.url()).toBe(before);
  // Not by a locator: Playwright waits for a navigation that was begun, and this one never ends.
  expect(await page.evaluate(() => [location.href, document.querySelector('h1') !== null])).toEqual([before, true]);
  expect(window.said.some((line) => line.includes('refused: navigation'))).toBe(true);
});

test('no window can be opened', async () => {
  const { app, page } = window;
  const opened = await page.evaluate(() => [
    globalThis.open('https://example.org/'),
    globalThis.open('about:blank'),
    globalThis.open('app://holdfast/index.html'),
  ]);
  expect(opened).toEqual([null, null, null]);
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

test('nothing reaches the network or other schemes', async () => {
  const { page } = window;
  const results = await page.evaluate(async () => {
    const tried: Record<string, string> = {};
    const outcome = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      tried[name] = await work().then(
        () => 'reached',
        () => 'refused',
      );
    };
    await outcome('fetch https', () => fetch('https://example.org/'));
    await outcome('fetch own', () => fetch('app://holdfast/index.html'));
    await outcome('fetch file', () => fetch('file:///etc/passwd'));
    await outcome('xhr', () => {
      return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.addEventListener('load', resolve);
        request.addEventListener('error', reject);
        request.open('GET', 'http://127.0.0.1:9/');
        request.send();
      });
    });
    await outcome('websocket', () => {
      return new Promise((resolve, reject) => {
        const socket = new WebSocket('ws://127.0.0.1:9/');
        socket.addEventListener('open', resolve);
        socket.addEventListener('error', reject);
      });
    });
    for (const [name, make] of [
      ['image', () => Object.assign(new Image(), { src: 'https://example.org/x.png' })],
      ['frame', () => Object.assign(document.createElement('iframe'), { src: 'https://example.org/' })],
      [
        'style sheet',
        () => Object.assign(document.createElement('link'), { rel: 'stylesheet', href: 'https://example.org/x.css' }),
      ],
    ] as const) {
      await outcome(name, () => {
        return new Promise((resolve, reject) => {
          document.addEventListener('securitypolicyviolation', reject, { once: true });
          const element = make();
          element.addEventListener('load', resolve);
          element.addEventListener('error', reject);
          document.body.append(element);
        });
      });
    }
    return tried;
  });
  expect(new Set(Object.values(results)), JSON.stringify(results)).toEqual(new Set(['refused']));
});

test('strings never become code, nor markup', async () => {
  const { page } = window;
  const results = await page.evaluate(async () => {
    // In a task of its own: what a debugger calls directly is exempt from the policy.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const fails = (work: () => unknown): boolean => {
      try {
        work();
        return false;
      } catch {
        return true;
      }
    };
    return {
      eval: fails(() => (Reflect.get(globalThis, 'eval') as (text: string) => unknown)('1')),
      function: fails(() => new Function('return 1')()),
      html: fails(() => {
        document.createElement('div').innerHTML = '<b>x</b>';
      }),
      script: fails(() => {
        document.createElement('script').src = 'app://holdfast/x.js';
      }),
      policy: fails(() => {
        const factory = (globalThis as unknown as { trustedTypes: { createPolicy: (n: string, p: object) => unknown } })
          .trustedTypes;
        factory.createPolicy('anything', { createHTML: (text: string) => text });
      }),
    };
  });
  expect(results).toEqual({ eval: true, function: true, html: true, script: true, policy: true });
});

test('an inline script or style does not run', async () => {
  const { page } = window;
  const result = await page.evaluate(async () => {
    const style = document.createElement('style');
    style.textContent = 'body { --tried: yes }';
    document.head.append(style);
    await new Promise(requestAnimationFrame);
    return getComputedStyle(document.body).getPropertyValue('--tried');
  });
  expect(result).toBe('');
});

test('the page sees nothing of Node or Electron', async () => {
  const { page } = window;
  const found = await page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'global', '__dirname', 'electron', 'ipcRenderer', 'setImmediate'].filter(
      (name) => name in globalThis,
    ),
  );
  expect(found).toEqual([]);
});

test('the bridge has exactly the contract’s methods and cannot be changed', async () => {
  const { page } = window;
  const shape = await page.evaluate(() => {
    const bridge = globalThis.window.holdfast as unknown as Record<string, Record<string, unknown>>;
    const names = Object.entries(bridge).map(([group, value]) => [
      group,
      typeof value === 'function' ? 'function' : Object.keys(value),
    ]);
    try {
      Object.assign(bridge, { more: 1 });
    } catch {
      // frozen: what is wanted
    }
    try {
      Object.defineProperty(globalThis, 'holdfast', { value: {} });
    } catch {
      // not configurable: what is wanted
    }
    return {
      names: Object.fromEntries(names),
      more: 'more' in bridge,
      same: globalThis.window.holdfast === (bridge as unknown),
    };
  });
  expect(shape.names).toEqual({
    ...Object.fromEntries(Object.entries(methods).map(([group, names]) => [group, Object.keys(names)])),
    on: 'function',
  });
  expect(shape).toMatchObject({ more: false, same: true });
});

test('events other than the contract’s cannot be listened to', async () => {
  const { page } = window;
  const refused = await page.evaluate(() => {
    const on = globalThis.window.holdfast.on as unknown as (event: unknown, listener: unknown) => unknown;
    const tries: [unknown, unknown][] = [
      ['other', () => undefined],
      ['state', 'not a function'],
      [{ toString: () => 'state' }, () => undefined],
    ];
    return tries.map(([event, listener]) => {
      try {
        on(event, listener);
        return false;
      } catch {
        return true;
      }
    });
  });
  expect(refused).toEqual([true, true, true]);
});

test('every method refuses malformed input', async () => {
  const { page } = window;
  const answers = await page.evaluate(async () => {
    type Call = (input: unknown) => Promise<{ ok: boolean; error?: { code: string } }>;
    const bridge = globalThis.window.holdfast as unknown as Record<string, Record<string, Call>>;
    const found: Record<string, string[]> = {};
    for (const [group, names] of Object.entries(bridge)) {
      if (typeof names === 'function') continue;
      for (const [name, call] of Object.entries(names)) {
        const codes: string[] = [];
        for (const bad of [{ no: 'such field' }, 'text', 7, ['a'], { cap: '/etc/passwd', groups: 'x' }]) {
          const result = await call(bad);
          codes.push(result.ok ? 'accepted' : (result.error?.code ?? ''));
        }
        found[`${group}.${name}`] = codes;
      }
    }
    return found;
  });
  expect(Object.keys(answers).length).toBeGreaterThan(45);
  for (const [name, codes] of Object.entries(answers)) {
    expect(codes, name).toEqual(Array.from({ length: 5 }, () => 'bad-input'));
  }
});

test('paths in place of capability ids are refused', async () => {
  const { page } = window;
  const codes = await page.evaluate(async () => {
    const { destinations, setup, settings } = globalThis.window.holdfast;
    const tries = [
      await destinations.test({ cap: '/tmp/anything' }),
      await setup.listFolder({ cap: '/etc/passwd' }),
      await setup.measure({ id: 'm', caps: ['/home/someone'], excludes: [] }),
      await settings.removeSource({ cap: '/home/someone' }),
    ];
    return tries.map((result) => (result.ok ? 'accepted' : result.error.code));
  });
  expect(codes).toEqual(['bad-input', 'bad-input', 'bad-input', 'bad-input']);
});

test('permissions are denied, asked or not', async () => {
  const { page } = window;
  const results = await page.evaluate(async () => {
    const refused = async (work: () => Promise<unknown>): Promise<boolean> => {
      return await work().then(
        (value) => value === 'denied',
        () => true,
      );
    };
    return {
      notification: await refused(async () => await Notification.requestPermission()),
      camera: await refused(() => navigator.mediaDevices.getUserMedia({ video: true })),
      screen: await refused(() => navigator.mediaDevices.getDisplayMedia({ video: true })),
      place: await refused(
        () => new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject)),
      ),
      clipboard: await refused(() => navigator.clipboard.readText()),
      query: await refused(async () => (await navigator.permissions.query({ name: 'geolocation' })).state),
    };
  });
  expect(results).toEqual({
    notification: true,
    camera: true,
    screen: true,
    place: true,
    clipboard: true,
    query: true,
  });
});

test('a webview or a frame gets no page and no bridge', async () => {
  const { app, page } = window;
  await page.evaluate(() => {
    const view = document.createElement('webview');
    view.setAttribute('src', 'app://holdfast/index.html');
    const frame = document.createElement('iframe');
    frame.src = 'app://holdfast/index.html';
    document.body.append(view, frame);
  });
  const blocked = page.frames().filter((frame) => frame.parentFrame() !== null);
  for (const frame of blocked) {
    expect(await frame.evaluate(() => 'holdfast' in globalThis).catch(() => false)).toBe(false);
  }
  const kinds = await app.evaluate(({ webContents }) => webContents.getAllWebContents().map((one) => one.getType()));
  expect(kinds).toEqual(['window']);
});

test('the process of the page is sandboxed by its preferences', async () => {
  const { app } = window;
  const facts = await app.evaluate(({ BrowserWindow, app: electron }) => {
    const [first] = BrowserWindow.getAllWindows();
    return {
      packaged: electron.isPackaged,
      devtools: first?.webContents.isDevToolsOpened(),
      persistent: first?.webContents.session.isPersistent(),
      spelling: first?.webContents.session.isSpellCheckerEnabled(),
      switches: [
        'enable-blink-features',
        'enable-features',
        'disable-web-security',
        'js-flags',
        'remote-debugging-port',
      ]
        // What Playwright gives the process to drive it is not the app's.
        .filter(
          (name) => electron.commandLine.hasSwitch(name) && !process.argv.some((arg) => arg.startsWith(`--${name}`)),
        ),
    };
  });
  expect(facts).toEqual({ packaged: false, devtools: false, persistent: false, spelling: false, switches: [] });
  // What Chromium was told, not what the code says that it tells it.
  expect(await app.evaluate(preferencesOf)).toEqual([SAFE]);
});

test('another window is answered by nobody, whatever it shows', async () => {
  const { app, page } = window;
  const before = window.said.length;
  const answers = await app.evaluate(async ({ BrowserWindow, app: electron }) => {
    const [first] = BrowserWindow.getAllWindows();
    if (first === undefined) throw new Error('no window');
    const asked: unknown[] = [];
    for (const address of ['app://holdfast/index.html', 'data:text/html,<title>x</title>']) {
      const other = new BrowserWindow({
        show: false,
        webPreferences: {
          sandbox: true,
          preload: `${electron.getAppPath()}/dist/preload.cjs`,
          session: first.webContents.session,
        },
      });
      // The second page is refused before it is loaded; what is then shown has no bridge, or one that is not answered.
      await other.loadURL(address).catch(() => undefined);
      asked.push(
        await other.webContents.executeJavaScript(
          `'holdfast' in globalThis ? globalThis.holdfast.app.getState() : 'no bridge'`,
        ),
      );
      other.destroy();
    }
    return asked;
  });
  expect(answers[0]).toMatchObject({ ok: false, error: { code: 'bad-input' } });
  expect(JSON.stringify(answers)).not.toContain('computerName');
  await expect.poll(() => window.said.slice(before).join('\n')).toContain('app.getState: app.getState');
  expect(await page.evaluate(async () => (await globalThis.window.holdfast.app.getState()).ok)).toBe(true);
});

test('the licences of what others wrote are in the program', async () => {
  const answer = await window.page.evaluate(async () => await globalThis.window.holdfast.app.licences());
  if (!answer.ok) throw new Error(answer.error.message);
  const { packages, texts } = answer.value;
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['Electron', 'react', 'zod']));
  for (const { name, text } of packages) expect(texts[text]?.length, name).toBeGreaterThan(100);
});

/** What Electron's checklist asks of the preferences of every window. */
const SAFE = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  enableBlinkFeatures: '',
  webviewTag: false,
};

/** The same of every window that is open, as Chromium has them. */
function preferencesOf({
  BrowserWindow,
}: Pick<typeof Electron.CrossProcessExports, 'BrowserWindow'>): Record<string, unknown>[] {
  return BrowserWindow.getAllWindows().map(({ webContents }) => {
    const all = (
      webContents as unknown as { getLastWebPreferences: () => Record<string, unknown> }
    ).getLastWebPreferences();
    return {
      sandbox: all['sandbox'],
      contextIsolation: all['contextIsolation'],
      nodeIntegration: all['nodeIntegration'],
      nodeIntegrationInSubFrames: all['nodeIntegrationInSubFrames'],
      webSecurity: all['webSecurity'],
      allowRunningInsecureContent: all['allowRunningInsecureContent'],
      experimentalFeatures: all['experimentalFeatures'],
      enableBlinkFeatures: all['enableBlinkFeatures'] ?? '',
      webviewTag: all['webviewTag'],
    };
  });
}
