/** Waiting for a server a little longer when the caller has given up, so that nothing is left there. */

/** ms that a cancelled call still waits for an answer, or for its traces to be removed. */
const PATIENCE_MS = 700;

/**
 * The promise's result, also where it comes shortly after the signal was aborted; else the signal's reason.
 * @param late gets a result that nobody waits for any more
 */
export async function soon<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  return await new Promise<T>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      over = true;
      settle();
    };
    const giveUp = (): void => end(() => reject(signal.reason));
    const abort = (): void => void (timer = setTimeout(giveUp, PATIENCE_MS));
    promise.then(
      (value) => (over ? late(value) : end(() => resolve(value))),
      (error: unknown) => {
        if (!over) end(() => reject(error));
      },
    );
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Waits for what is being tidied up, not for long, and whatever comes of it. */
export async function patiently(tidying: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
  await Promise.race([tidying.catch(() => undefined), enough]);
  clearTimeout(timer);
}
