/** Ctrl+F (Command+F on macOS) on any screen: search every snapshot. */
import { currentRoute, navigate } from './route.ts';

/** @returns the function that ends it */
export function listenToFindKey(target: Window): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const find =
      (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'f';
    // A sheet wants an answer first.
    if (!find || target.document.querySelector('[role=dialog],[role=alertdialog]') !== null) return;
    event.preventDefault();
    const route = currentRoute();
    const field = target.document.querySelector<HTMLInputElement>('[data-find] input');
    if (route.screen === 'browse' && route.view === 'search' && field !== null) {
      field.focus();
      field.select();
    } else navigate({ screen: 'browse', view: 'search' });
  };
  target.addEventListener('keydown', onKey);
  return () => target.removeEventListener('keydown', onKey);
}
