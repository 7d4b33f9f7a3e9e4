/** The first start: welcome, where backups go, how they are locked, what is backed up, the first run. */
import type { Hand, Scene } from '../scene.ts';

const storage = { screen: 'setup', step: 'storage' };
const PASSWORD = 'copper lantern ferry umbrella noon glacier';

const tested = async (hand: Hand): Promise<void> => {
  await hand.press('Test this destination');
  await (await hand.find('button', 'Continue')).waitFor();
};

const kind = async (hand: Hand, at: number): Promise<void> => {
  await hand.page.getByRole('navigation').getByRole('button').nth(at).click();
};
const SERVER = 3;
const S3 = 4;

const protection = async (hand: Hand): Promise<void> => {
  await tested(hand);
  await hand.press('Continue');
  await hand.finds('.method, [role="radiogroup"]');
};

const digits = async (hand: Hand): Promise<void> => {
  await protection(hand);
  await hand.choose('64-digit key');
  await hand.press('Continue');
  await hand.press('Show the key');
  await (await hand.find('button', 'Hide')).waitFor();
};

const consent = async (hand: Hand): Promise<void> => {
  await digits(hand);
  await hand.press('Print the kit');
  await hand.press('I have it on paper');
  await hand.finds('.keyin');
  await hand.page.keyboard.type('3b9048afd17c0e555e2194f06a8bc337');
  await hand.page.keyboard.press('Enter');
  await hand.sees('If I lose the 64 digits, nobody can open my backup');
};

const vault = async (hand: Hand): Promise<void> => {
  await protection(hand);
  await hand.choose('Password');
  await hand.press('Continue');
  await hand.choose('A vault of my own, or my company’s');
  await hand.type('Address', 'vault-a.fjordworks.example');
  await hand.type('Identity', '9F2C 71A0 4BD8 E633 0X5T KQ72 MZ1W 8VGN R4YC 6H3J P9SD 2E7B TFA0');
  await hand.press('Let it prove itself');
};

export const SETUP: readonly Scene[] = [
  { name: 'welcome', scenario: 'new' },
  { name: 'how', scenario: 'new', route: { screen: 'how' } },
  { name: 'storage-tested', scenario: 'new', route: storage, act: tested },
  {
    name: 'storage-fails',
    scenario: 'new-fails',
    route: storage,
    act: async (hand) => {
      await hand.press('Test this destination');
      await (await hand.find('button', 'Test again')).waitFor();
    },
  },
  {
    name: 'storage-s3-wrong',
    scenario: 'new',
    route: storage,
    act: async (hand) => {
      await kind(hand, S3);
      await hand.type('Bucket', 'my_bucket');
      await hand.press('Use this storage');
      await hand.sees('Type the secret key.');
    },
  },
  {
    name: 'storage-server-key',
    scenario: 'new',
    route: storage,
    act: async (hand) => {
      await kind(hand, SERVER);
      await hand.type('Server', 'loft.local');
      await hand.type('User', 'maren');
      await (await hand.find('button', 'Continue')).click();
      await hand.sees('Is this your server?');
    },
  },
  {
    name: 'protection-compare',
    scenario: 'new',
    route: storage,
    act: async (hand) => {
      await protection(hand);
      await hand.press('Compare');
      await hand.finds('[role="dialog"]');
    },
  },
  { name: 'key', scenario: 'new', route: storage, act: digits },
  {
    name: 'prove-wrong',
    scenario: 'new',
    route: storage,
    act: async (hand) => {
      await digits(hand);
      await hand.press('I have it on paper');
      await hand.finds('.keyin');
      await hand.page.keyboard.type('3b9048afd17c0e555e2194f06a8bc338');
      await hand.press('Check');
      await hand.finds('.help-bad, .note-amber, .note-red');
    },
  },
  { name: 'consent', scenario: 'new', route: storage, act: consent },
  {
    name: 'files',
    scenario: 'new',
    route: storage,
    act: async (hand) => {
      const { page } = hand;
      await consent(hand);
      await hand.choose('If I lose the 64 digits, nobody can open my backup');
      await hand.choose('I keep the digits somewhere safe, away from this computer');
      await hand.press('Continue');
      await page.getByRole('treeitem', { name: /^Documents/ }).waitFor();
      await page.getByRole('treeitem', { name: /^Documents/ }).focus();
      const from = await page.evaluate(() => document.documentElement.dir);
      await page.keyboard.press(from === 'rtl' ? 'ArrowLeft' : 'ArrowRight');
      await page.getByRole('treeitem', { name: /^Taxes/ }).waitFor();
      // All folders are measured.
      await page.waitForFunction(() => !document.querySelector('.tree')?.textContent?.includes('…'));
    },
  },
  {
    name: 'first-backup',
    scenario: 'running-scan',
    route: { screen: 'setup', step: 'backup' },
    act: async (hand) => await (await hand.find('button', 'Pause')).waitFor(),
  },
  {
    name: 'password-chosen',
    scenario: 'new',
    route: storage,
    act: async (hand) => {
      await vault(hand);
      await hand.press('Continue');
      await (await hand.find('textbox', 'Password')).fill(PASSWORD);
      await hand.sees('Very strong');
    },
  },
];
