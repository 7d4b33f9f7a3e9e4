/** What the handlers need from the shell: kept as interfaces, because the shell imports them and not they the shell. */
import type { AppState, Settings } from '../../preload/contract.ts';

export type { AppState, Settings } from '../../preload/contract.ts';

/** Native dialogs; each gives null when the user cancels. */
export interface Dialogs {
  chooseFolder(title: string, button: string, start?: string): Promise<string | null>;
  /** A file or a folder. */
  chooseItem(title: string, button: string): Promise<string | null>;
  saveFile(title: string, suggestion: string, kind: { name: string; extension: string }): Promise<string | null>;
}

/** Things of the desktop outside the window. */
export interface Desktop {
  openLicence(): Promise<void>;
  showInFolder(path: string): void;
  copyText(text: string): Promise<void>;
  /** Copies a secret and clears the clipboard after a minute if it still holds it. */
  copySecret(text: string): Promise<{ clearsAt: number }>;
  home: string;
  /** Where the system keeps documents, pictures and so on; only those that it knows. */
  knownFolders(): string[];
}

/** The key while a backup is being set up. */
export interface SetUp {
  /** True if a new key was made, false if the one made before was kept. */
  newKey(): boolean;
  reveal(): { groups: string[]; rowChecks: string[]; repoId: string; qr: { size: number; modules: boolean[] } };
  keyText(): string;
  /** The place that the person is about to choose, for the kit: the repository itself comes later. */
  consider(destination: string): void;
  considered(): string | null;
  /** The kit as PDF. */
  kit(): Promise<Uint8Array>;
  kitSaved(): Promise<void>;
  printKit(): Promise<void>;
  challenge(): Row[];
  prove(rows: Record<string, string[]>): KeyCheck;
  unlockExisting(path: string, groups: string[]): Promise<KeyCheck>;
  finish(plan: { destination: string; sources: string[]; excludes: string[] }): Promise<void>;
}

export type Row = 'A' | 'B' | 'C' | 'D';
export interface KeyCheck {
  ok: boolean;
  wrongRows: Row[];
  message: string;
}

export interface Unlocking {
  unlock(groups: string[]): Promise<KeyCheck>;
  lock(): Promise<void>;
  test(groups: string[]): Promise<KeyCheck>;
  touch(): void;
}

export interface StateSource {
  current(): AppState;
  /** Looks again at what may have changed outside the app, then sends the state. */
  refresh(): Promise<void>;
}

export interface SettingsService {
  set(change: { [K in keyof Settings]?: Settings[K] | undefined }): Promise<void>;
}
