import { createStore, useStore } from '@mantine/store';
import type { ParseKeys } from 'i18next';
import { useEffect } from 'react';

/** A key, or several for one thing, and what it does. */
export interface PageKey {
  keys: readonly string[];
  does: ParseKeys;
}

const present = createStore<readonly (readonly PageKey[])[]>([]);

/** Tells the `?` sheet which keys work while this is on screen. Pass a constant: another list is another entry. */
export function usePageKeys(keys: readonly PageKey[]): void {
  useEffect(() => {
    present.setState((lists) => [...lists, keys]);
    return () => present.setState((lists) => lists.filter((each) => each !== keys));
  }, [keys]);
}

/** The keys of what is on screen now. */
export function usePresentKeys(): readonly PageKey[] {
  return useStore(present).flat();
}

/** Whether a key pressed there belongs to a field, a menu or a dialog, and not to the page. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input:not([type="checkbox"]), textarea, select, [role="dialog"], [role="menu"]') !== null
  );
}
