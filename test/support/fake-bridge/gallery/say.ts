/** A sentence of the window in the page's language; itself where the catalogs have none like it. */
import { i18n } from '@lingui/core';
import { generateMessageId } from '@lingui/message-utils/generateMessageId';

export function say(english: string): string {
  return i18n._(generateMessageId(english), {}, { message: english });
}
