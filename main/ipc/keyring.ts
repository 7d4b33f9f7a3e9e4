/** `keyring`: the keys of this backup over time, and its computers. */
import { HoldfastError, type ErrorInfo } from '../errors.ts';
import { errorInfo, type Handlers } from './dispatch.ts';
import type { AdoptionService, KeyChangeService, KeyringService } from './services.ts';
import { shownError } from './shapes.ts';

const shown = (error: ErrorInfo): ReturnType<typeof errorInfo> => errorInfo(HoldfastError.fromInfo(error));

export function keyringHandlers(parts: {
  keyring: KeyringService;
  adoption: AdoptionService;
  keyChanges: KeyChangeService;
}): Handlers['keyring'] {
  const { keyring, adoption, keyChanges } = parts;
  return {
    computers: async () => await keyring.computers(),
    retire: async ({ clientId }) => {
      await keyring.retire(clientId);
      return null;
    },
    adopt: async ({ clientId }) => {
      await adoption.adopt(clientId);
      return null;
    },
    startAnew: async ({ clientId }) => {
      await adoption.startAnew(clientId);
      return null;
    },
    renew: async () => await keyring.renew(),
    beginChange: async () => {
      keyChanges.begin();
      return null;
    },
    dropChange: async () => {
      keyChanges.drop();
      return null;
    },
    change: async ({ password }) => {
      const { kept, oldRecord } = await keyChanges.change(password);
      return { kept: kept.map(({ name, error }) => ({ name, error: shown(error) })), oldRecord: shownError(oldRecord) };
    },
    finishChange: async ({ groups }) => await keyChanges.finish(groups),
  };
}
