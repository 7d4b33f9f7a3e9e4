import type { EngineEvent } from './api.ts';
import type { RunControl } from './control.ts';

/** What a running verb is given: how it is paused or stopped, and where its events go. */
export interface VerbContext {
  control: RunControl;
  emit: (event: EngineEvent) => void;
}
