/** What the handlers need from the shell: kept as interfaces, because the shell imports them and not they the shell. */
import type { DestinationPlace } from '../destinations/spec.ts';
import type { ErrorInfo as KeptError } from '../errors.ts';
import type { ChosenPlace } from '../jobs/destinations.ts';
import type {
  AppState,
  Background,
  BackupComputer,
  ErrorInfo,
  FaultSummary,
  Keep,
  PasswordAnswer,
  Seen,
  Settings,
  UpdateChannel,
  Updates,
  VaultChoice,
  VaultIdentity,
  VaultProof,
  VaultSession,
  When,
} from '../../preload/contract.ts';

export type {
  AppState,
  Background as BackgroundState,
  BackupComputer,
  ErrorInfo,
  FaultSummary,
  Keep,
  Licences,
  OpenAt,
  PasswordAnswer,
  RegistrationStep,
  Seen,
  Settings,
  Tries,
  Updates as UpdatesState,
  VaultChoice,
  VaultIdentity,
  VaultProof,
  VaultReport,
  VaultSession,
  VaultState,
} from '../../preload/contract.ts';

/** Native dialogs; each gives null when the user cancels. */
export interface Dialogs {
  chooseFolder(title: string, button: string, start?: string): Promise<string | null>;
  /** A file or a folder. */
  chooseItem(title: string, button: string): Promise<string | null>;
  /** A file, hidden ones among them. */
  chooseFile(title: string, button: string): Promise<string | null>;
  saveFile(title: string, suggestion: string, kind: { name: string; extension: string }): Promise<string | null>;
}

/** Things of the desktop outside the window. */
export interface Desktop {
  openLicence(): Promise<void>;
  /** Opens the system's settings where a program is given access to all files; macOS alone has them. */
  openAccess(): Promise<void>;
  showInFolder(path: string): void;
  /** Begins a drag of files out of the window, while the button is held down. */
  dragFiles(files: readonly string[]): void;
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
  consider(place: DestinationPlace): void;
  considered(): DestinationPlace | null;
  /** The kit as PDF. */
  kit(): Promise<Uint8Array>;
  kitSaved(): Promise<void>;
  printKit(): Promise<void>;
  challenge(): Row[];
  prove(rows: Record<string, string[]>): KeyCheck;
  unlockExisting(chosen: ChosenPlace, groups: string[]): Promise<KeyCheck>;
  existingVault(chosen: ChosenPlace): Promise<VaultIdentity | null>;
  unlockExistingWithPassword(chosen: ChosenPlace, password: string, shown: string): Promise<PasswordAnswer>;
  existingComputers(chosen: ChosenPlace): Promise<BackupComputer[]>;
  finish(plan: SetUpPlan): Promise<void>;
}

export interface SetUpPlan {
  /** At least one; the repository is made or joined at the first. */
  destinations: ChosenPlace[];
  sources: string[];
  excludes: string[];
  /** `password`: the one that was typed twice is registered at the vault first. */
  protection: 'key' | 'password';
  /** Client id of the computer whose backups this one goes on with; a further computer where it is not given. */
  adopt?: string | null;
}

export type Row = 'A' | 'B' | 'C' | 'D';
export interface KeyCheck {
  ok: boolean;
  wrongRows: Row[];
  message: string;
}

/** An answer to something typed, in one sentence; empty where there is nothing to say. */
export interface Said {
  ok: boolean;
  message: string;
}

/** The key vault of this backup, for whoever owns it. */
export interface VaultService {
  prove(choice: VaultChoice): Promise<VaultProof>;
  suggestPassword(): string;
  choosePassword(password: string, invite: string | undefined): Said;
  repeatPassword(password: string): Said;
  dropPassword(): void;
  register(): Promise<{ oldRecord: ErrorInfo | null }>;
  changePassword(): Promise<void>;
  turnOff(groups: string[], withoutVault: boolean): Promise<KeyCheck>;
  refresh(): Promise<void>;
  markSeen(what: Seen): Promise<void>;
  clearFailures(): Promise<void>;
  freeze(days: number): Promise<void>;
  unfreeze(): Promise<void>;
  sessions(): Promise<VaultSession[]>;
  revokeSession(id: string): Promise<void>;
  revokeDevice(id: string): Promise<void>;
}

export interface Unlocking {
  unlock(groups: string[]): Promise<KeyCheck>;
  unlockWithPassword(password: string): Promise<PasswordAnswer>;
  lock(): Promise<void>;
  test(groups: string[]): Promise<KeyCheck>;
  touch(): void;
}

/** A plan that somebody asks for. */
export interface NewPlan {
  name: string;
  /** Absolute paths. */
  sources: readonly string[];
  excludes: readonly string[];
  /** Ids of destinations; null for every one. */
  where: readonly string[] | null;
  when: When;
}

export interface PlansService {
  add(plan: NewPlan): Promise<{ id: string }>;
  change(id: string, change: Partial<NewPlan>): Promise<void>;
  remove(id: string): Promise<void>;
}

/** What is looked after by itself. */
export interface CareService {
  /** @param planId the first plan where it is not given */
  setKeep(keep: Keep | null, planId?: string): Promise<void>;
  pin(snapshotId: string, pinned: boolean): Promise<void>;
  setAutomatic(change: { drills?: boolean | undefined; checks?: boolean | undefined }): Promise<void>;
  practiceLater(): Promise<void>;
}

/** The computers of this backup, and new keys for what they store. */
export interface KeyringService {
  computers(): Promise<BackupComputer[]>;
  retire(clientId: string): Promise<void>;
  renew(): Promise<{ epochs: number }>;
}

/** Another computer's backups, taken over by this one. */
export interface AdoptionService {
  adopt(clientId: string): Promise<void>;
  startAnew(clientId: string): Promise<void>;
}

/** Another key for this backup. */
export interface KeyChangeService {
  begin(): void;
  drop(): void;
  change(password: boolean): Promise<{ kept: { name: string; error: KeptError }[]; oldRecord: KeptError | null }>;
  finish(groups: string[]): Promise<KeyCheck>;
}

export interface StateSource {
  current(): AppState;
  /** Looks again at what may have changed outside the app, then sends the state. */
  refresh(): Promise<void>;
}

export interface SettingsService {
  set(change: { [K in keyof Settings]?: Settings[K] | undefined }): Promise<void>;
}

export interface BackgroundService {
  set(change: { [K in Exclude<keyof Background, 'tray'>]?: boolean | undefined }): Promise<void>;
}

/** Newer versions of the program itself. */
export interface UpdatesService {
  check(): Promise<void>;
  setChannel(channel: UpdateChannel): Promise<void>;
  setAutomatic(automatic: boolean): Promise<void>;
  restart(): Promise<void>;
  state(): Updates;
}

/** Where in the program a fault was. */
export type FaultPlace = 'program' | 'engine' | 'window' | 'process' | 'end';

/** Reports of what went wrong in the program itself. */
export interface FaultsService {
  /** Never throws. */
  note(place: FaultPlace, thrown: unknown): void;
  /** Newest first. */
  list(): Promise<FaultSummary[]>;
  /** Null where there is none. */
  text(id: string): Promise<string | null>;
  /** Where the text lies; made only from an id for which there is one. */
  fileOf(id: string): string;
  removeAll(): Promise<void>;
}
