import { useEffect, useEffectEvent } from 'react';
import { isAnswering, toFailure } from '../api/failure.ts';

const RETRY_MS = 3_000;
const RELOADED = 'arno.reloaded';
const PATIENCE_MS = 60_000;

/**
 * Tries again by itself when a page failed because the server did not answer, as soon as it does. A part of the console that could
 * not be loaded, also because an update replaced it, comes only with the whole page anew.
 */
export function useHealing(error: unknown, retry: () => void): void {
  const isLost = toFailure(error).kind === 'offline';
  const heal = useEffectEvent(() => {
    if (!isLostPart(error)) retry();
    else if (mayReload()) location.reload();
  });
  useEffect(() => {
    if (!isLost) return;
    let timer = setTimeout(look, RETRY_MS);
    let isGone = false;
    async function look() {
      const answers = await isAnswering();
      if (isGone) return;
      if (answers) heal();
      else timer = setTimeout(look, RETRY_MS);
    }
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [isLost]);
}

/** In the words of the three browsers. */
function isLostPart(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
}

/** A page must not load for ever: when that was tried a moment ago it did not help. */
function mayReload(): boolean {
  try {
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    sessionStorage.setItem(RELOADED, String(Date.now()));
    return Date.now() - last > PATIENCE_MS;
  } catch {
    return false;
  }
}
