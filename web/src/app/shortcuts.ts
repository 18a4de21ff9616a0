import { createStore, useStore } from '@mantine/store';

const sheet = createStore({ isOpen: false });

/** Opens the sheet of keys, from wherever it is asked for. */
export const openShortcuts = () => sheet.setState({ isOpen: true });
export const closeShortcuts = () => sheet.setState({ isOpen: false });
export const useShortcutsOpened = (): boolean => useStore(sheet).isOpen;
