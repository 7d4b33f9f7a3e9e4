/** `vault`: the key vault, from its proof to its sessions. */
import type { Handlers } from './dispatch.ts';
import type { Seen, VaultService } from './services.ts';

export function vaultHandlers({ vault }: { vault: VaultService }): Handlers['vault'] {
  const nothing = (work: (input: never) => Promise<void> | void) => async (input: unknown) => {
    await work(input as never);
    return null;
  };
  return {
    prove: async (input) => await vault.prove(input.vault),
    suggestPassword: async () => ({ password: vault.suggestPassword() }),
    choosePassword: async ({ password, invite }) => vault.choosePassword(password, invite),
    repeatPassword: async ({ password }) => vault.repeatPassword(password),
    dropPassword: nothing(() => vault.dropPassword()),
    register: async () => await vault.register(),
    changePassword: nothing(() => vault.changePassword()),
    turnOff: async ({ groups, withoutVault }) => await vault.turnOff(groups, withoutVault),
    refresh: nothing(() => vault.refresh()),
    markSeen: nothing(({ what }: { what: Seen }) => vault.markSeen(what)),
    clearFailures: nothing(() => vault.clearFailures()),
    freeze: nothing(({ days }: { days: number }) => vault.freeze(days)),
    unfreeze: nothing(() => vault.unfreeze()),
    sessions: async () => await vault.sessions(),
    revokeSession: nothing(({ id }: { id: string }) => vault.revokeSession(id)),
    revokeDevice: nothing(({ id }: { id: string }) => vault.revokeDevice(id)),
  };
}
