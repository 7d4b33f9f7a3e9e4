/** What a webhook is told. Documented in docs/alarms.md; it holds no name of a file and no address. */
import { text } from '../../text.ts';
import { say } from '../../words/say.ts';
import type { Health } from '../health-facts.ts';

export interface WebhookMessage {
  version: 1;
  event: 'problem' | 'recovered' | 'test';
  /** ISO 8601, UTC. */
  at: string;
  computer: string;
  health: { state: Health['state']; cause: Health['cause']; title: string };
  /** End of the newest finished backup; ISO 8601, UTC. */
  lastBackupAt: string | null;
  /** The same as a sentence, under the two names where chat services look for it. */
  text: string;
  content: string;
}

export function webhookMessage(parts: {
  event: WebhookMessage['event'];
  nowMs: number;
  computer: string;
  health: Health;
  lastBackupMs: number | null;
}): WebhookMessage {
  const { event, computer, health, lastBackupMs } = parts;
  const words =
    event === 'test'
      ? say(text`Holdfast on ${computer}: this is a test. ${health.title}.`)
      : say(text`Holdfast on ${computer}: ${health.title}.`);
  return {
    version: 1,
    event,
    at: new Date(parts.nowMs).toISOString(),
    computer,
    health: { state: health.state, cause: health.cause, title: health.title },
    lastBackupAt: lastBackupMs === null ? null : new Date(lastBackupMs).toISOString(),
    text: words,
    content: words,
  };
}
