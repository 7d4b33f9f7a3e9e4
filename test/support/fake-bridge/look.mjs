/**
 * A look at every page over the stand-in bridge: walks the whole set-up, opens the states and places that matter, takes
 * a picture of each in both themes and runs axe on it. Ends with 1 if axe finds anything, the page complains, or
 * anything is wider than its window.
 *
 *     node test/support/fake-bridge/look.mjs OUT_FOLDER [--only walk,password,vault,states,storage,looks,places] [--names d-s3,d-two] [--themes light,dark] [--sizes 1280x800,960x640,640x400] [--language de]
 *
 * What is done before a picture is done by English words: in another language only the places are whole.
 * 640x400 is a window of 1280x800 at 200 % text. Needs Chromium: Debian's, or the one that CHROMIUM_PATH names.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { openStage, settle } from './stage.mjs';

const KEY_ROWS = { B: '3b9048afd17c0e55', D: '5e2194f06a8bc337' };
const ALL_KEY =
  'A 7F3A 09C4 E51B 66D2 KR\nB 3B90 48AF D17C 0E55 VH\nC 92E6 A803 7D4F B1CC TM\nD 5E21 94F0 6A8B C337 QX';

const [out, ...flags] = process.argv.slice(2);
if (out === undefined || out.startsWith('--')) {
  console.error(
    'usage: look.mjs OUT_FOLDER [--only walk,password,vault,states,storage,looks,places] [--themes light,dark] [--sizes 1280x800]',
  );
  process.exit(2);
}
const flag = (name, fallback) => {
  const at = flags.indexOf(`--${name}`);
  return (at < 0 ? fallback : (flags[at + 1] ?? fallback)).split(',');
};
const names = flag('names', '').filter((name) => name !== '');
const only = flag('only', 'walk,password,vault,states,storage,looks,places');
const [language] = flag('language', 'en');
const themes = flag('themes', 'light,dark');
const sizes = flag('sizes', '1280x800').map((size) => size.split('x').map(Number));
mkdirSync(out, { recursive: true });

const stage = await openStage();

let wrong = 0;
function complain(...words) {
  wrong += 1;
  console.log(...words);
}

/** Opens a scenario at a route and gives `visit` what it needs; whatever it leaves open is closed. */
async function open({ name, theme, size, scenario, route }, visit) {
  if (names.length > 0 && !names.includes(name)) return;
  const [width, height] = size;
  const onPage = (page) => {
    page.on('pageerror', (error) => complain(name, theme, 'error in the page:', error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complain(name, theme, 'console:', message.text());
    });
  };
  const page = await stage.open({ scenario, theme, size, route, language, onPage });
  const button = (word) => page.getByRole('button', { name: word, exact: true });
  const picture = (what) => look(page, `${what}-${theme}-${width}x${height}`);
  try {
    await visit({ page, button, picture });
  } catch (error) {
    complain(name, theme, error.message.split('\n')[0]);
    await page.screenshot({ path: join(out, `FAILED-${name}-${theme}-${width}x${height}.png`) }).catch(() => undefined);
  }
  await page.context().close();
}

async function look(page, name) {
  await settle(page);
  await page.screenshot({ path: join(out, `${name}.png`) });
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  for (const { id, nodes } of violations)
    complain('axe', name, id, nodes.map((node) => node.target.join(' ')).join(', '));
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll('.wiz, .wiz-body, .body, .sheet-b, .welcome-text')]
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${element.className} ${element.scrollWidth} > ${element.clientWidth}`),
  );
  if (wide.length > 0) complain('too wide', name, wide.join(', '));
  const beyond = await page.evaluate(() =>
    [...document.querySelectorAll('.sheet')].some((one) => one.getBoundingClientRect().right > window.innerWidth + 1),
  );
  if (beyond) complain('a sheet is wider than the window', name);
  const away = await page.evaluate(() =>
    [document.scrollingElement, document.body, document.getElementById('root')].some((one) => one?.scrollTop > 0),
  );
  if (away) complain('the window was scrolled away', name);
}

async function paste(page, text) {
  await page.evaluate((what) => {
    const data = new DataTransfer();
    data.setData('text', what);
    document.activeElement.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    );
  }, text);
}

/** From the welcome to Home, every page on the way. */
async function walk({ page, button, picture }) {
  await picture('s1-welcome');
  await button('How it works').click();
  await page.getByText('How Holdfast works').waitFor();
  await picture('s2-how');
  await button('Set up this computer').click();
  await button('Test this destination').waitFor();
  await picture('s3-before');
  await button('Test this destination').click();
  await button('Continue').waitFor();
  await picture('s3-tested');
  await button('Continue').click();
  await page.getByText('How should your backup be locked?').waitFor();
  await picture('s4-none');
  await button('Compare').click();
  await page.getByRole('dialog').waitFor();
  await picture('s4-compare');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('64-digit key', { exact: true }).click();
  await picture('s4-chosen');
  await button('Continue').click();
  await button('Show the key').waitFor();
  await picture('s5-hidden');
  await button('Show the key').click();
  await button('Hide').waitFor();
  await picture('s5-shown');
  await button('Copy').click();
  await page.getByText(/Leaves the clipboard/).waitFor();
  await button('Save as PDF').click();
  await page.getByText(/Documents is a folder/).waitFor();
  await picture('s5-taken');
  await button('I have it on paper').click();
  await page.getByText(/Type rows/).waitFor();
  for (const group of ['7F3A', '09C4', 'E51B', 'C337']) {
    if ((await page.content()).includes(group)) complain('the key is in the page after it was left');
  }
  await picture('s6-empty');
  await page.keyboard.type(KEY_ROWS.B + KEY_ROWS.D.slice(0, -1) + '8');
  await button('Check').click();
  await page.getByText(/differs from your key/).waitFor();
  await picture('s6-wrong');
  await page.getByLabel('Row D, group 4 of 4').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Backspace');
  await page.keyboard.type(KEY_ROWS.D.slice(-1));
  await page.keyboard.press('Enter');
  await page.getByText(/Two things to know/).waitFor();
  await picture('s7-open');
  await page.getByText('If I lose the 64 digits').click();
  await page.getByText('I keep the digits').click();
  await picture('s7-given');
  await button('Continue').click();
  await page.getByRole('treeitem', { name: /^Virtual Machines, 96 GB/ }).waitFor();
  await picture('s8-usual');
  await page.getByRole('treeitem', { name: /^Documents/ }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('treeitem', { name: /^Taxes, 1.9 GB/ }).waitFor();
  await button('See why, and the fix').click();
  await page.getByRole('dialog').waitFor();
  await picture('s8-unreadable');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('treeitem', { name: /^Taxes/ }).focus();
  await page.keyboard.press(' ');
  await page.getByText('1,208 files, 1.9 GB').waitFor();
  await picture('s8-left-out');
  await button('Start the first backup').click();
  await page.getByText('Your first backup is running').waitFor();
  await picture('s9-started');
  await button('Pause').click();
  await button('Resume').waitFor();
  await picture('s9-paused');
  await button('Cancel').click();
  await page.getByRole('alertdialog').waitFor();
  await picture('s9-cancel');
  await button('Go on').click();
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await button('Resume').click();
  await page.getByText('Your first backup is done').waitFor({ timeout: 60_000 });
  await picture('s9-done');
  await button('Go to Home').click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

const PASSWORD = 'copper lantern ferry umbrella noon glacier';

/** From the protection cards to the first backup with a password: which vault, its proof, the password, the kit. */
async function walkPassword({ page, button, picture }) {
  await button('Test this destination').click();
  await button('Continue').click();
  await page.getByText('Password', { exact: true }).last().click();
  await picture('p4-chosen');
  await button('Continue').click();
  await page.getByText('Which vault should guard your key?').waitFor();
  await picture('p6-none');
  await page.getByText('A vault of my own').click();
  await page.getByLabel('Address').fill('vault-a.fjordworks.example');
  await page.getByLabel('Identity').fill('9F2C 71A0 4BD8 E633 0X5T KQ72 MZ1W 8VGN R4YC 6H3J P9SD 2E7B TFA0');
  await picture('p6-own');
  await button('Let it prove itself').click();
  await page.getByText(/3 of 3 vault sites answered/).waitFor();
  await picture('p6-own-proven');
  await page.getByText('On this computer, for trying out').click();
  await button('Let it prove itself').click();
  await page.getByText(/identity proven/).waitFor();
  await picture('p6-embedded-proven');
  await button('Continue').click();
  await page.getByText('Choose a password only you know').waitFor();
  await picture('p5-empty');
  await page.getByRole('textbox', { name: 'Password' }).fill('password1234');
  await page.getByText('Too easy to guess').waitFor();
  if (await button('Continue').isEnabled()) complain('a weak password is taken');
  await picture('p5-weak');
  await button('Use six words').click();
  await page.getByText('Very strong').waitFor();
  await picture('p5-strong');
  await button('Continue').click();
  await page.getByRole('heading', { name: 'Type it once more' }).waitFor();
  if ((await page.content()).includes('lantern')) complain('the password is in the page after it was left');
  await picture('p7-open');
  await page.getByRole('textbox', { name: 'The password, once more' }).fill('copper lantern');
  await page.getByText('Nobody can reset this password').click();
  await page.getByText('wrong tries in a row destroy').click();
  await button('Continue').click();
  await page.getByText('That is not what you typed before').waitFor();
  await picture('p7-differs');
  await page.getByRole('textbox', { name: 'The password, once more' }).fill(PASSWORD);
  await button('Continue').click();
  await page.getByText('Make a 64-digit kit as well').waitFor();
  await picture('p5a-kit');
  await button('Print the kit').click();
  await button('I have it on paper').click();
  await page.getByText(/Type rows/).waitFor();
  await page.keyboard.type(KEY_ROWS.B + KEY_ROWS.D);
  await page.keyboard.press('Enter');
  await page.getByRole('treeitem', { name: /^Virtual Machines, 96 GB/ }).waitFor();
  await picture('p8-files');
  await button('Start the first backup').click();
  await page.getByText('Giving the vault its sealed record').waitFor();
  await page.getByText('Your first backup is running').waitFor();
}

const restore = { screen: 'restore' };
const protection = { screen: 'protection' };
const connected =
  (act = async () => undefined) =>
  async (tools) => {
    await tools.button('Choose the folder…').click();
    await tools.button('Continue').click();
    await tools.page.getByRole('button', { name: /^(Unlock|Try this password|Enter the digits)$/ }).waitFor();
    await act(tools);
  };
const typed =
  (text, words) =>
  async ({ page, button }) => {
    await page.getByRole('textbox', { name: 'Password of this backup' }).fill(text);
    await button('Unlock').click();
    await page.getByText(words).first().waitFor();
  };
const atVault = (act) => async (tools) => {
  const { page, button } = tools;
  await button('Test this destination').click();
  await button('Continue').click();
  await page.getByText('Password', { exact: true }).last().click();
  await button('Continue').click();
  await act(tools);
};
const ownVault = async ({ page, button }) => {
  await page.getByText('A vault of my own').click();
  await page.getByLabel('Address').fill('vault-a.fjordworks.example');
  await page.getByLabel('Identity').fill('9F2C 71A0 4BD8 E633 0X5T KQ72 MZ1W 8VGN R4YC 6H3J P9SD 2E7B TFA0');
  await button('Let it prove itself').click();
};
const sheet =
  (word, act = async () => undefined) =>
  async (tools) => {
    await tools.button(word).last().click();
    await tools.page.getByRole('dialog').waitFor();
    await act(tools);
  };

/** States of the password and its vault: name, scenario, route, what to do before the picture. */
const VAULT = [
  [
    'v-no-embedded',
    'new-no-embedded',
    { screen: 'setup', step: 'storage' },
    atVault(async ({ page }) => page.getByText('A vault of my own').click()),
  ],
  [
    'v-unproven',
    'new-unproven',
    { screen: 'setup', step: 'storage' },
    atVault(async (tools) => {
      await ownVault(tools);
      await tools.page.getByText('This is not the vault that you mean.').waitFor();
    }),
  ],
  [
    'v-silent',
    'new-vault-silent',
    { screen: 'setup', step: 'storage' },
    atVault(async (tools) => {
      await ownVault(tools);
      await tools.page.getByText('The vault does not answer.').waitFor();
    }),
  ],
  ['v-proving', 'new-proving', { screen: 'setup', step: 'storage' }, atVault(ownVault)],
  [
    'v-site-down',
    'new-site-down',
    { screen: 'setup', step: 'storage' },
    atVault(async (tools) => {
      await ownVault(tools);
      await tools.page.getByText('2 of 3 vault sites answered').waitFor();
      await tools.button('Continue').click();
      await tools.page.getByLabel('Invitation').waitFor();
    }),
  ],
  [
    'v-kit-optional',
    'new',
    { screen: 'setup', step: 'storage' },
    atVault(async (tools) => {
      await ownVault(tools);
      await tools.button('Continue').click();
      await tools.button('Use six words').click();
      await tools.page.getByText('Very strong').waitFor();
      await tools.button('Continue').click();
      await tools.page.getByText('Make a 64-digit kit as well').waitFor();
    }),
  ],
  [
    'v-registering',
    'new-registering',
    { screen: 'setup', step: 'storage' },
    atVault(async (tools) => {
      const { page, button } = tools;
      await ownVault(tools);
      await button('Continue').click();
      await button('Use six words').click();
      await page.getByText('Very strong').waitFor();
      await button('Continue').click();
      await page.getByRole('textbox', { name: 'The password, once more' }).fill(PASSWORD);
      await page.getByText('Nobody can reset this password').click();
      await page.getByText('wrong tries in a row destroy').click();
      await page.getByText('Make a 64-digit kit as well').click();
      await button('Continue').click();
      await page.getByRole('treeitem', { name: /^Virtual Machines, 96 GB/ }).waitFor();
      await button('Start the first backup').click();
      await page.locator('.reg [aria-current]').getByText('Proven').waitFor();
    }),
  ],
  [
    'v-join',
    'new-existing-vault',
    { screen: 'setup', step: 'storage' },
    async (tools) => {
      await tools.button('Test this destination').click();
      await tools.button('Enter its key').click();
      await tools.page.getByText('Type your password').waitFor();
    },
  ],
  ['r3-first', 'visit-vault', restore, connected()],
  ['r3-wrong', 'visit-vault', restore, connected(typed('not this one', 'That’s not it.'))],
  ['r3-forgotten', 'visit-vault', restore, connected(sheet('I can’t remember'))],
  ['r3-3-left', 'visit-3-left', restore, connected()],
  [
    'r3-last',
    'visit-last',
    restore,
    connected(async ({ page, button }) => {
      await page.getByRole('textbox', { name: 'Password of this backup' }).fill('maybe this');
      if (await button('Try this password').isEnabled()) complain('the last try needs no confirmation');
      await page.getByLabel(/type LAST TRY/).fill('LAST TRY');
      if (!(await button('Try this password').isEnabled())) complain('the last try cannot be used');
    }),
  ],
  ['r3-pause', 'visit-pause', restore, connected()],
  ['r3-long-pause', 'visit-long-pause', restore, connected()],
  ['r3-ended', 'visit-ended', restore, connected()],
  ['r3-owner-ended', 'visit-owner-ended', restore, connected()],
  ['r3-unknown', 'visit-unknown', restore, connected()],
  ['r3-uncertain', 'visit-uncertain', restore, connected(typed('copper', 'We can’t tell whether that try counted'))],
  ['r3-uncharged', 'visit-uncharged', restore, connected(typed('copper', 'That try did not count.'))],
  ['r3-impostor', 'visit-impostor', restore, connected(typed('copper', 'This is not the vault'))],
  ['r3-frozen', 'visit-frozen', restore, connected(typed('copper', 'refuses computers'))],
  ['sheet-password', 'vault-locked', protection, sheet('Unlock')],
  [
    'sheet-wrong',
    'vault-locked',
    protection,
    sheet('Unlock', async ({ page }) => {
      await page.getByRole('textbox', { name: 'Password' }).fill('not this one');
      await page.keyboard.press('Enter');
      await page.getByText('That’s not it.').waitFor();
    }),
  ],
  ['sheet-renamed', 'vault-renamed', protection, sheet('Unlock')],
  ['sheet-freeze', 'vault-attempts', protection, sheet('Refuse unknown computers…')],
  [
    'sheet-turn-off',
    'vault-turn-off-silent',
    protection,
    sheet('Switch', async ({ page, button }) => {
      await paste(page, ALL_KEY);
      await button('Turn the password off').click();
      await page.getByText('although the vault does not confirm it').waitFor();
    }),
  ],
  [
    'sheet-remove',
    'vault-idle',
    protection,
    async ({ page, button }) => {
      await button('Remove').click();
      await page.getByRole('alertdialog').waitFor();
    },
  ],
  [
    'pw-add',
    'idle',
    protection,
    async ({ page, button }) => {
      await button('Add a password').click();
      await page.getByText('Which vault should guard your key?').waitFor();
    },
  ],
  [
    'pw-change',
    'vault-idle',
    protection,
    async ({ page, button }) => {
      await button('Change').first().click();
      await page.getByText('Choose a new password').waitFor();
      await button('Use six words').click();
      await page.getByText('Very strong').waitFor();
    },
  ],
  [
    'pw-locked',
    'vault-locked',
    { screen: 'password', purpose: 'change' },
    async ({ page }) => page.getByText('Unlock first').waitFor(),
  ],
];

const storage = { screen: 'setup', step: 'storage' };
const first = { screen: 'setup', step: 'backup' };
const tested =
  (word) =>
  async ({ button }) => {
    await button('Test this destination').click();
    await button(word).waitFor();
  };

/** Name, scenario, route, and what to do before the picture. */
const STATES = [
  [
    'email',
    'idle',
    { screen: 'settings', section: 'alarms' },
    async ({ page, button }) => {
      await button('Add… E-mail').click();
      await page.getByRole('dialog').waitFor();
      await page.getByLabel('User').fill('maren@example.org');
      await button('Save').click();
    },
  ],
  ['alarms', 'by-hand', { screen: 'settings', section: 'alarms' }, async (tools) => await settled(tools)],
  [
    'import-configuration',
    'idle',
    { screen: 'settings', section: 'files' },
    async ({ page, button }) => {
      await button('Take one over…').click();
      await page.getByRole('dialog').waitFor();
    },
  ],
  ['files', 'idle', { screen: 'settings', section: 'files' }, async (tools) => await settled(tools)],
  [
    'import-excludes',
    'idle',
    { screen: 'settings', section: 'excludes' },
    async ({ page, button }) => {
      await button('Add from a file…').click();
      await page.getByRole('dialog').waitFor();
    },
  ],
  [
    'commands',
    'idle',
    { screen: 'home' },
    async ({ page }) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('menuitem', { name: 'Back up now' }).waitFor();
    },
  ],
  [
    'commands-found',
    'three',
    { screen: 'browse' },
    async ({ page }) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('menuitem', { name: 'Back up now' }).waitFor();
      await page.keyboard.type('dest');
      await page.getByRole('menuitem', { name: 'Back up now' }).waitFor({ state: 'detached' });
      await page.keyboard.press('ArrowDown');
    },
  ],
  [
    'shortcuts',
    'idle',
    { screen: 'settings' },
    async ({ page }) => {
      await page.keyboard.press('Control+/');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    },
  ],
  ['s3-existing', 'new-existing', storage, tested('Enter its key')],
  ['s3-same-disk', 'new-same-disk', storage, tested('Continue')],
  ['s3-other-files', 'new-other-files', storage, tested('Continue')],
  ['s3-fails', 'new-fails', storage, tested('Test again')],
  [
    's3-no-suggestion',
    'new-errors',
    storage,
    async ({ page }) => page.getByText('The folder of your backup').waitFor(),
  ],
  [
    's5-existing-key',
    'new-existing',
    storage,
    async ({ page, button }) => {
      await button('Test this destination').click();
      await button('Enter its key').click();
      await page.getByLabel('Row A, group 1 of 4').waitFor();
      await paste(page, ALL_KEY.replace('C337', 'C338'));
      await button('Open this backup').click();
      await page.getByText(/don’t open this backup/).waitFor();
    },
  ],
  [
    's5-no-key',
    'new-errors',
    storage,
    async ({ page, button }) => {
      await button('Choose another folder…').click();
      await button('Continue').click();
      await page.getByText('64-digit key', { exact: true }).click();
      await button('Continue').click();
      await page.getByText('No key could be made.').waitFor();
    },
  ],
  ['s9-scanning', 'running-scan', first, async ({ button }) => button('Pause').waitFor()],
  ['s9-memory', 'memory', first, async ({ page }) => page.getByText('Your first backup is done').waitFor()],
  ['s9-failed', 'error', first, async ({ button }) => button('Try again').waitFor()],
  ['starting', 'starting', undefined, async () => undefined],
  ['broken', 'broken', undefined, async ({ page }) => page.getByRole('alert').waitFor()],
];

const settings = { screen: 'settings', section: 'destinations' };
const kind = async ({ page }, word) =>
  page
    .getByRole('navigation', { name: 'Kinds of storage' })
    .getByRole('button', { name: new RegExp(`^${word}`) })
    .click();
const opened =
  (word, wait, act = async () => undefined) =>
  async (tools) => {
    await kind(tools, word);
    await tools.page.getByText(wait, { exact: true }).first().waitFor();
    await act(tools);
  };
const works = async ({ page }) => page.getByText('Works', { exact: true }).last().waitFor();
const sftp = async ({ page, button }) => {
  await page.getByRole('textbox', { name: 'Server' }).fill('loft.local');
  await page.getByRole('textbox', { name: 'User' }).fill('maren');
  await button('Continue').first().click();
  await page.getByText('Is this your server?').waitFor();
};
const sftpWhole = async (tools) => {
  const { page, button } = tools;
  await sftp(tools);
  await button('It is right').click();
  await page.getByRole('textbox', { name: 'Password' }).fill('storm lamp');
  await page.keyboard.press('Enter');
};
const webdav = async ({ page, button }) => {
  await page.getByRole('radio', { name: 'WebDAV' }).click();
  await page.getByRole('textbox', { name: 'Address of the folder' }).fill('https://loft.local/dav/holdfast/');
  await page.getByRole('textbox', { name: 'User' }).fill('maren');
  await page.getByRole('textbox', { name: 'Password' }).fill('storm lamp');
  await button('Continue').first().click();
};
const s3 = async ({ page }) => {
  await page.getByRole('textbox', { name: 'Bucket' }).fill('maren-backups');
  await page.getByRole('textbox', { name: 'Access key' }).fill('AKIAEXAMPLE');
  await page.getByRole('textbox', { name: 'Secret key' }).fill('not a real one');
};
const signIn = async ({ button }) => button('Sign in with Google').click();
const more = (word, item) => async (tools) => {
  await tools.page.getByRole('button', { name: new RegExp(`^More for .*${word}`) }).click();
  await tools.page.getByRole('menuitem', { name: item }).click();
  await tools.page.getByRole(item === 'Remove…' ? 'alertdialog' : 'dialog').waitFor();
};

/** Choosing, adding and keeping places: name, scenario, route, what to do before the picture. */
const STORAGE = [
  ['d-google', 'new', storage, opened('Google Drive', 'Sign in with Google')],
  [
    'd-google-waiting',
    'new-google-waiting',
    storage,
    async (tools) => {
      await kind(tools, 'A NAS or server');
      await sftpWhole(tools);
      await works(tools);
      await kind(tools, 'Google Drive');
      await signIn(tools);
      await tools.page.getByText(/Waiting for 0:/).waitFor();
    },
  ],
  [
    'd-google-cancelled',
    'new-google-waiting',
    storage,
    opened('Google Drive', 'Sign in with Google', async (tools) => {
      await signIn(tools);
      await tools.button('Cancel').click();
      await tools.page.getByText('The sign-in was cancelled.').waitFor();
    }),
  ],
  [
    'd-google-denied',
    'new-google-denied',
    storage,
    opened('Google Drive', 'Sign in with Google', async (tools) => {
      await signIn(tools);
      await tools.page.getByText('Google did not give').waitFor();
    }),
  ],
  [
    'd-google-own',
    'new-google-own',
    storage,
    opened('Google Drive', 'Sign in with Google', async (tools) => {
      await signIn(tools);
      await tools.page.getByText('Paste the client’s id.').waitFor();
    }),
  ],
  [
    'd-google-folder',
    'new',
    storage,
    opened('Google Drive', 'Sign in with Google', async (tools) => {
      await signIn(tools);
      await tools.page.getByText('Which folder?').waitFor();
    }),
  ],
  [
    'd-google-little',
    'new-google-little',
    storage,
    opened('Google Drive', 'Sign in with Google', async (tools) => {
      await signIn(tools);
      await tools.page.getByText('Almost no room').waitFor();
      await tools.page.getByText('Holds a backup').waitFor();
    }),
  ],
  ['d-synced-missing', 'new', storage, opened('Dropbox', 'Look again')],
  ['d-synced', 'new-mac', storage, opened('iCloud Drive', 'Use it')],
  ['d-synced-long', 'new-synced', storage, opened('Nextcloud of', 'Use it')],
  ['d-s3', 'new', storage, opened('S3 storage', 'Use this storage')],
  [
    'd-s3-wrong',
    'new',
    storage,
    opened('S3 storage', 'Use this storage', async ({ page, button }) => {
      await page.getByRole('textbox', { name: 'Bucket' }).fill('my_bucket');
      await button('Use this storage').click();
      await page.getByText('Type the secret key.').waitFor();
    }),
  ],
  [
    'd-s3-lock',
    'new',
    storage,
    opened('S3 storage', 'Use this storage', async (tools) => {
      const { page } = tools;
      await s3(tools);
      await page.getByText('Advanced').click();
      await page.getByRole('button', { name: /Object lock/ }).click();
      await page.getByRole('option', { name: 'Compliance' }).click();
      await page.getByText('by nobody, you included').scrollIntoViewIfNeeded();
    }),
  ],
  [
    'd-s3-menu',
    'new',
    storage,
    opened('S3 storage', 'Use this storage', async ({ page }) => {
      await page.getByRole('button', { name: /Service/ }).click();
      await page.getByRole('option', { name: 'Backblaze B2' }).waitFor();
    }),
  ],
  ['d-sftp', 'new', storage, opened('A NAS or server', 'SFTP server')],
  ['d-sftp-key', 'new', storage, opened('A NAS or server', 'SFTP server', sftp)],
  [
    'd-sftp-login',
    'new',
    storage,
    opened('A NAS or server', 'SFTP server', async (tools) => {
      await sftp(tools);
      await tools.button('It is right').click();
      await tools.page.getByRole('radio', { name: 'Key file' }).click();
      await tools.button('Choose the file…').click();
      await tools.page.getByText('id_ed25519').waitFor();
    }),
  ],
  [
    'd-webdav-certificate',
    'new-untrusted',
    storage,
    opened('A NAS or server', 'SFTP server', async (tools) => {
      await webdav(tools);
      await tools.page.getByText('The server’s certificate').waitFor();
    }),
  ],
  [
    'd-refused',
    'new-place-refused',
    storage,
    opened('A NAS or server', 'SFTP server', async (tools) => {
      await sftpWhole(tools);
      await tools.page.getByText('The server refuses this user').waitFor();
    }),
  ],
  [
    'd-changed',
    'new-place-refused',
    storage,
    opened('A NAS or server', 'SFTP server', async (tools) => {
      await sftpWhole(tools);
      await tools.button('Change').click();
      if ((await tools.page.getByRole('textbox', { name: 'Server' }).inputValue()) !== 'loft.local') {
        complain('what was typed is gone');
      }
      if ((await tools.page.content()).includes('storm lamp')) complain('the password is in the page');
    }),
  ],
  [
    'd-two',
    'new',
    storage,
    async (tools) => {
      await tools.button('Test this destination').click();
      await works(tools);
      await kind(tools, 'S3 storage');
      await s3(tools);
      await tools.button('Use this storage').click();
      await tools.page.getByText('2 places ready').waitFor({ state: 'attached' });
    },
  ],
  ['r1-google', 'new', restore, opened('Google Drive', 'Sign in with Google')],
  [
    'r1-nothing',
    'new',
    restore,
    opened('Google Drive', 'Sign in with Google', async (tools) => {
      await signIn(tools);
      await tools.page.getByText('No backup was found').waitFor();
    }),
  ],
  [
    'r1-refused',
    'new-place-refused',
    restore,
    async (tools) => {
      await tools.button('Choose the folder…').click();
      await tools.page.getByText('No backup there').waitFor();
    },
  ],
  [
    'r1-found',
    'new',
    restore,
    async (tools) => {
      await tools.button('Choose the folder…').click();
      await tools.page.getByText('2 computers backed up here').waitFor();
    },
  ],
  ['d-settings', 'three', settings, async ({ page }) => page.getByText('Fill from the others').waitFor()],
  [
    'd-settings-test',
    'three',
    settings,
    async (tools) => {
      await tools.button('Test it').first().click();
      await tools.page.getByText('Everything works').waitFor();
    },
  ],
  [
    'd-settings-filling',
    'filling',
    settings,
    async ({ page }) =>
      page
        .getByText(/112 of 286/)
        .first()
        .waitFor(),
  ],
  ['d-rename', 'three', settings, more('Loft NAS', 'Rename…')],
  ['d-limits', 'three', settings, more('Loft NAS', 'Limits…')],
  ['d-secret', 'three', settings, more('Loft NAS', 'Change password or key…')],
  ['d-remove', 'three', settings, more('Loft NAS', 'Remove…')],
  [
    'd-add',
    'idle',
    settings,
    async (tools) => {
      await tools.button('Add a place…').click();
      await kind(tools, 'A NAS or server');
      await tools.page.getByText('SFTP server', { exact: true }).waitFor();
    },
  ],
  [
    'd-add-tested',
    'idle',
    settings,
    async (tools) => {
      await tools.button('Add a place…').click();
      await kind(tools, 'A NAS or server');
      await sftpWhole(tools);
      await works(tools);
    },
  ],
  [
    'd-again',
    'drive-waiting',
    { screen: 'home' },
    async ({ page, button }) => {
      await button('Sign in again').click();
      await page.getByText(/Waiting for 0:/).waitFor();
    },
  ],
  [
    'd-again-wrong',
    'drive-wrong-account',
    { screen: 'home' },
    async ({ page, button }) => {
      await button('Sign in again').click();
      await page.getByText('This is another Google account').waitFor();
    },
  ],
];

const browse = { screen: 'browse' };
const changing = { screen: 'key-change' };
const rowOf = ({ page }, name) => page.getByRole('row', { name: new RegExp(name) }).first();
const searched =
  (text, act = async () => undefined) =>
  async (tools) => {
    await tools.page.getByRole('combobox', { name: 'Search every snapshot' }).fill(text);
    await tools.page.getByRole('heading', { level: 1, name: /match/ }).waitFor();
    await act(tools);
  };
const previewed = async (tools) => {
  await rowOf(tools, 'Outline').click();
  await tools.page.keyboard.press(' ');
  await tools.page.getByRole('dialog').waitFor();
};
const settled = async ({ page }) => page.waitForTimeout(400);

/** Looks across snapshots, previews, care for the backup and its keys: as in STATES. */
const LOOKS = [
  [
    'b-entry',
    'idle',
    browse,
    async (tools) => {
      await rowOf(tools, 'Outline').click();
      await settled(tools);
    },
  ],
  [
    'b-details',
    'idle',
    browse,
    async (tools) => {
      await tools.page.setViewportSize({ width: 760, height: 640 });
      await rowOf(tools, 'Outline').click();
      await sheet('Details')(tools);
      await settled(tools);
    },
  ],
  ['b-search', 'idle', { ...browse, view: 'search' }, async () => undefined],
  ['b-found', 'idle', { ...browse, view: 'search' }, searched('lease', settled)],
  ['b-found-none', 'idle', { ...browse, view: 'search' }, searched('zzz')],
  [
    'b-search-wait',
    'looks-wait',
    { ...browse, view: 'search' },
    async (tools) => {
      await tools.page.getByRole('combobox', { name: 'Search every snapshot' }).fill('lease');
      await settled(tools);
    },
  ],
  [
    'b-search-fail',
    'looks-fail',
    { ...browse, view: 'search' },
    async (tools) => {
      await tools.page.getByRole('combobox', { name: 'Search every snapshot' }).fill('lease');
      await tools.page.getByText('The folder of your backup is not there').waitFor();
    },
  ],
  ['b-compare', 'idle', { ...browse, view: 'compare', snapshotId: 'snap-3', with: 'snap-0' }, settled],
  [
    'b-compare-flat',
    'idle',
    { ...browse, view: 'compare', snapshotId: 'snap-3', with: 'disk' },
    async (tools) => {
      await tools.page.getByText('Largest first').click();
      await settled(tools);
    },
  ],
  ['b-compare-wait', 'looks-wait', { ...browse, view: 'compare', snapshotId: 'snap-3', with: 'disk' }, settled],
  ['b-compare-fail', 'looks-fail', { ...browse, view: 'compare', snapshotId: 'snap-3', with: 'disk' }, settled],
  ['b-sizes', 'idle', { ...browse, view: 'sizes', snapshotId: 'snap-0' }, settled],
  ['b-grew', 'idle', { ...browse, view: 'sizes', snapshotId: 'snap-0', with: 'snap-9' }, settled],
  ['b-sizes-wait', 'looks-wait', { ...browse, view: 'sizes', snapshotId: 'snap-0' }, settled],
  ['p-text', 'idle', browse, previewed],
  ['p-code', 'preview-code', browse, previewed],
  ['p-messages', 'preview-messages', browse, async (tools) => (await previewed(tools), settled(tools))],
  [
    'p-messages-found',
    'preview-messages',
    browse,
    async (tools) => {
      await previewed(tools);
      await tools.page.getByRole('searchbox').fill('ropes');
      await settled(tools);
    },
  ],
  ['p-bytes', 'preview-bytes', browse, previewed],
  ['p-pdf', 'preview-pdf', browse, async (tools) => (await previewed(tools), settled(tools))],
  ['p-refused', 'preview-refused', browse, previewed],
  ['p-empty', 'preview-empty', browse, previewed],
  ['p-fail', 'looks-fail', browse, async (tools) => (await previewed(tools), settled(tools))],
  [
    'c-retire',
    'idle',
    protection,
    async ({ page, button }) => {
      await button('Retire…').click();
      await page.getByRole('alertdialog').waitFor();
    },
  ],
  [
    'c-renew',
    'idle',
    protection,
    async ({ page, button }) => {
      await button('Renew').click();
      await page.getByRole('alertdialog').waitFor();
    },
  ],
  ['c-finish', 'key-change', protection, async (tools) => sheet('Finish')(tools)],
  ['c-practise', 'idle', protection, async (tools) => sheet('Test my key')(tools)],
  ['k-what', 'idle', changing, settled],
  ['k-what-password', 'vault-idle', changing, settled],
  ['k-locked', 'locked', changing, settled],
  [
    'k-walk',
    'idle',
    changing,
    async ({ page, button, picture }) => {
      await button('Make a new key').click();
      await button('Show the key').waitFor();
      await picture('k-key');
      await button('Show the key').click();
      await button('Print the kit').click();
      await button('I have it on paper').click();
      await page.getByText(/Type rows/).waitFor();
      await picture('k-prove');
      await page.keyboard.type(KEY_ROWS.B + KEY_ROWS.D);
      await page.keyboard.press('Enter');
      await page.getByText('Change the key now?').waitFor();
      await picture('k-change');
      await page.getByRole('checkbox').first().click({ force: true });
      await button('Change the key').click();
      await page.getByText('The new digits open your backup').waitFor();
    },
  ],
  ['set-filter', 'idle', { screen: 'settings' }, async ({ page }) => page.getByRole('searchbox').fill('wifi')],
  ['set-filter-none', 'idle', { screen: 'settings' }, async ({ page }) => page.getByRole('searchbox').fill('zzz')],
  [
    'set-keep-small',
    'idle',
    { screen: 'settings', section: 'keep' },
    async (tools) => {
      await tools.page.getByText('Your own numbers').click();
      await settled(tools);
    },
  ],
  [
    'set-keep-ask',
    'idle',
    { screen: 'settings', section: 'keep' },
    async (tools) => {
      await tools.page.getByText('Careful', { exact: true }).click();
      await tools.button('Use this rule').click();
      await tools.page.getByRole('alertdialog').waitFor();
    },
  ],
  [
    'set-free',
    'settings-full',
    { screen: 'settings', section: 'keep' },
    async (tools) => (await sheet('Free space…')(tools), settled(tools)),
  ],
  ['set-alarm', 'idle', { screen: 'settings', section: 'alarms' }, sheet('Add… Heartbeat')],
  ...['update-ready', 'update-loading', 'update-refused', 'update-off'].map((name) => [
    `set-${name}`,
    name,
    { screen: 'settings', section: 'updates' },
    async (tools) => {
      await tools.page.getByRole('region', { name: 'Updates' }).waitFor();
      await settled(tools);
    },
  ]),
  [
    'set-faults',
    'update-ready',
    { screen: 'settings', section: 'about' },
    async (tools) => {
      await sheet('Fault reports')(tools);
      await tools.page.getByText('The whole report').first().click();
      await tools.page.getByText('Cannot read properties').waitFor();
    },
  ],
  ['set-faults-none', 'idle', { screen: 'settings', section: 'about' }, sheet('Fault reports')],
  [
    'set-tall',
    'settings-full',
    { screen: 'settings' },
    async (tools) => {
      await tools.page.setViewportSize({ width: tools.page.viewportSize().width, height: 3200 });
      await settled(tools);
    },
  ],
  [
    'protection-tall',
    'idle',
    { screen: 'protection' },
    async (tools) => {
      await tools.page.setViewportSize({ width: tools.page.viewportSize().width, height: 1600 });
      await settled(tools);
    },
  ],
];

/** Places inside the frame, each in the situations that change it. */
const PLACES = [
  [
    'home',
    ['idle', 'unreadable', 'running', 'running-scan', 'paused', 'error', 'at-risk', 'memory', 'empty'],
    { screen: 'home' },
  ],
  ['browse', ['idle', 'big', 'locked', 'empty', 'away', 'loading'], { screen: 'browse' }],
  ['activity', ['idle', 'empty', 'failing', 'loading'], { screen: 'activity' }],
  ['run', ['unreadable'], { screen: 'activity', runId: 'run-2' }],
  ['browse', ['compact'], { screen: 'browse' }],
  ['search', ['compact'], { screen: 'browse', view: 'search' }],
  ['activity', ['compact'], { screen: 'activity' }],
  ['settings', ['compact'], { screen: 'settings', section: 'appearance' }],
  ['skipped', ['unreadable', 'every-skip', 'every-skip-mac', 'idle'], { screen: 'activity', view: 'skipped' }],
  [
    'protection',
    [
      'idle',
      'locked',
      'memory',
      'vault-idle',
      'vault-locked',
      'vault-attempts',
      'vault-embedded',
      'vault-silent',
      'vault-destroyed',
      'vault-renamed',
    ],
    { screen: 'protection' },
  ],
  ['home', ['vault-attempts', 'vault-embedded', 'vault-destroyed'], { screen: 'home' }],
  ['protection', ['key-change', 'looks-wait', 'looks-fail'], { screen: 'protection' }],
  ['home', ['care-due', 'key-change', 'waiting', 'by-hand'], { screen: 'home' }],
  ['settings', ['idle', 'by-hand', 'locked'], { screen: 'settings' }],
  ['home', ['three', 'three-running', 'filling'], { screen: 'home' }],
  ['run', ['three'], { screen: 'activity', runId: 'run-copy' }],
  ['restore', ['new'], { screen: 'restore' }],
];

for (const theme of themes) {
  for (const size of sizes) {
    if (only.includes('walk')) await open({ name: 'walk', theme, size, scenario: 'new' }, walk);
    if (only.includes('password'))
      await open({ name: 'password', theme, size, scenario: 'new', route: storage }, walkPassword);
    if (only.includes('vault')) {
      for (const [name, scenario, route, act] of VAULT) {
        await open({ name, theme, size, scenario, route }, async (tools) => {
          await act(tools);
          await tools.picture(name);
        });
      }
    }
    if (only.includes('states')) {
      for (const [name, scenario, route, act] of STATES) {
        await open({ name, theme, size, scenario, route }, async (tools) => {
          await act(tools);
          await tools.picture(name);
        });
      }
    }
    if (only.includes('storage')) {
      for (const [name, scenario, route, act] of STORAGE) {
        await open({ name, theme, size, scenario, route }, async (tools) => {
          await act(tools);
          await tools.picture(name);
        });
      }
    }
    if (only.includes('looks')) {
      for (const [name, scenario, route, act] of LOOKS) {
        await open({ name, theme, size, scenario, route }, async (tools) => {
          await act(tools);
          await tools.picture(name);
        });
      }
    }
    if (only.includes('places')) {
      for (const [place, scenarios, route] of PLACES) {
        for (const scenario of scenarios) {
          const name = `${place}-${scenario}`;
          await open({ name, theme, size, scenario, route }, async ({ page, picture }) => {
            await page.waitForLoadState('networkidle');
            await picture(name);
          });
        }
      }
    }
  }
}

await stage.close();
console.log(wrong === 0 ? 'nothing to complain about' : `${wrong} complaints`);
process.exitCode = wrong === 0 ? 0 : 1;
