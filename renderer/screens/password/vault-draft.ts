/** Which vault is to guard the key, while it is being chosen. */
import type { VaultChoice, VaultProof } from '../../../preload/contract.ts';

/** What was chosen and typed; kept by the page, so that going back and forth loses nothing. */
export interface VaultDraft {
  kind: VaultChoice['kind'] | null;
  address: string;
  fingerprint: string;
  /** Of this very choice; null until it has proven itself. */
  proof: VaultProof | null;
}

export const EMPTY_VAULT: VaultDraft = { kind: null, address: '', fingerprint: '', proof: null };

/** True where enough is chosen and typed to ask the vault for its proof. */
export function canProve({ kind, address, fingerprint }: VaultDraft): boolean {
  if (kind !== 'own') return kind === 'embedded';
  const line = [address, fingerprint].some((text) => text.trim().toUpperCase().startsWith('HOLDFAST:VAULT:'));
  return line || (address.trim() !== '' && fingerprint.trim() !== '');
}

/** What is chosen before anything was: the vault on this computer, where it is offered. */
export function withDefault(draft: VaultDraft, embedded: boolean): VaultDraft {
  return draft.kind === null ? { ...draft, kind: embedded ? 'embedded' : 'own' } : draft;
}
