/** Shows notifications of the system, and keeps each until it is gone: one that is collected loses its click. */
import { Notification } from 'electron';
import type { OpenAt } from '../ipc/services.ts';
import type { Notice } from './notices.ts';

export class Notifier {
  readonly #open: (at: OpenAt) => void;
  readonly #shown = new Set<Notification>();

  /** @param open opens the window where a click leads */
  constructor(open: (at: OpenAt) => void) {
    this.#open = open;
  }

  show({ title, body, open, urgent }: Notice): void {
    if (!Notification.isSupported()) return;
    const notification = new Notification({
      title,
      body,
      urgency: urgent ? 'critical' : 'normal',
      timeoutType: urgent ? 'never' : 'default',
    });
    const gone = (): void => {
      this.#shown.delete(notification);
    };
    notification.on('click', () => {
      gone();
      this.#open(open);
    });
    notification.on('close', gone);
    notification.on('failed', gone);
    this.#shown.add(notification);
    notification.show();
  }
}
