import type { EngineEvent } from './api.ts';
import { RunControl } from './control.ts';

/** What a running verb is given: how it is paused or stopped, and where its events go. */
export interface VerbContext {
  control: RunControl;
  emit: (event: EngineEvent) => void;
}

/** For whoever asks for one answer and shows no progress: never paused, and nobody listens. */
export const unattended: VerbContext = { control: new RunControl(), emit: () => undefined };
