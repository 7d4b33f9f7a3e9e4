/** The options by which a command is given what opens a backup. */

export interface AccessOptions extends KeyOptions {
  capabilityKeyFile?: string | undefined;
}

/** What gives the key: its digits in a file, or the password through the vault. */
export interface KeyOptions {
  repo: string;
  /** File with what opens the storage. */
  credentials?: string | undefined;
  /** So much a second at most. */
  limitUpload?: string | undefined;
  limitDownload?: string | undefined;
  keyFile?: string | undefined;
  /** Ask for the password. */
  password?: boolean | undefined;
  passwordFile?: string | undefined;
  /** Fingerprint that the vault of repo.json must have; for a computer that sees this backup for the first time. */
  vaultFingerprint?: string | undefined;
}

/** True where the command was given something that gives the key. */
export const hasKey = (options: KeyOptions): boolean =>
  options.keyFile !== undefined || options.password === true || options.passwordFile !== undefined;
