/** One screen in one state: where it is opened, and what is done there before its picture is taken. */
import type { Locator, Page } from '@playwright/test';
import type { Opened, Stage } from './stage.ts';

export interface Scene extends Opened {
  readonly name: string;
  /** What of the page stands at the top, whatever its size: a selector. */
  readonly top?: string;
  /** Finds its way by English words, in whatever language the page is. */
  readonly act?: (hand: Hand) => Promise<void>;
}

interface Said {
  readonly say: (english: string) => string;
}

/** Presses and types in the page. Words are given in English and looked for in the page's language. */
export class Hand {
  readonly page: Page;

  constructor(stage: Stage) {
    this.page = stage.page;
  }

  /** A sentence of the window in the page's language; itself where it is not translated. */
  async say(english: string): Promise<string> {
    return await this.page.evaluate((words) => (window as unknown as { stage: Said }).stage.say(words), english);
  }

  /** Something with a role and a name. */
  async find(role: Parameters<Page['getByRole']>[0], english: string): Promise<Locator> {
    return this.page.getByRole(role, { name: await this.say(english), exact: true }).first();
  }

  async press(english: string): Promise<void> {
    await (await this.find('button', english)).click();
  }

  async type(field: string, text: string): Promise<void> {
    await (await this.find('textbox', field)).fill(text);
  }

  /** A radio row or a checkbox with this title, whatever stands beside it. */
  async choose(english: string): Promise<void> {
    await this.page
      .getByText(await this.say(english), { exact: true })
      .last()
      .click();
  }

  /** Waits for a sentence. */
  async sees(english: string): Promise<void> {
    await this.page
      .getByText(await this.say(english))
      .first()
      .waitFor();
  }

  /** Waits for something by its style. */
  async finds(selector: string): Promise<void> {
    await this.page.locator(selector).first().waitFor();
  }

  /** The first row of a list with a name of the invented computer. */
  row(name: string): Locator {
    return this.page.getByRole('row', { name: new RegExp(name) }).first();
  }
}
