/** A vault in words: its host, what losing it means, why its password ended. */
import { plural, t } from '@lingui/core/macro';
import type { VaultIdentity, VaultProof, VaultState } from '../../../preload/contract.ts';

/** "vault.example.org", "vault.example.org and 2 more"; the one on this computer by what it is. */
export function vaultName(vault: VaultIdentity): string {
  if (vault.embedded) return t`The vault on this computer`;
  const [first, ...others] = vault.urls.map((url) => new URL(url).host);
  return others.length === 0 ? (first ?? '') : t`${first ?? ''} and ${others.length} more`;
}

/** "3 of 3 vault sites answered". */
export function sitesAnswered({ answering, total }: VaultProof['sites']): string {
  return t`${answering} of ${plural(total, { one: '# vault site', other: '# vault sites' })} answered`;
}

/** Why the 64-digit kit must be made beside this vault's password; null where it is only wise. */
export function whyKit(proof: VaultProof): string | null {
  if (proof.embedded) {
    return t`This vault lives on this computer and is lost together with it. The 64 digits open your backup anywhere, without it.`;
  }
  if (!proof.kitNeeded) return null;
  return proof.sites.total === 1
    ? t`This vault has one site: if its disk breaks, the password opens nothing any more. The 64 digits do.`
    : t`This vault has only ${proof.sites.total} sites: if they are lost, the password opens nothing any more. The 64 digits do.`;
}

/** What each profile means, in plain words. */
export const PROFILE: Record<VaultProof['profile'], string> = {
  A: t`A: keys stay inside the hardware`,
  B: t`B: keys derived by the hardware`,
  C: t`C: the hardware counts the tries`,
};

export const ENDED: Record<NonNullable<VaultState['ended']>, { title: string; line: string }> = {
  destroyed: {
    title: t`The vault destroyed its copy of your key`,
    line: t`Too many wrong passwords in a row were tried. Nobody can bring the copy back: not us, not whoever runs the vault.`,
  },
  'destroyed-by-owner': {
    title: t`This password was turned off`,
    line: t`Somebody who had the backup unlocked told the vault to destroy its copy. Nobody can bring it back.`,
  },
  suspended: {
    title: t`The vault has stopped taking passwords`,
    line: t`It has counted 100 wrong ones over the years. A computer that opens the backup another way can tell it to go on.`,
  },
  unknown: {
    title: t`The vault says that it doesn’t know this backup`,
    line: t`It can’t prove that: it may have lost its disk or been set up anew, or something else answers in its place. Ask whoever runs it, and try again later; the 64 digits open the backup without it.`,
  },
};
