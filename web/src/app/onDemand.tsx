import { useNotifications } from '@mantine/notifications';
import { useStore } from '@mantine/store';
import { type ComponentType, lazy, Suspense } from 'react';
import { useEver } from '../ui/useEver.ts';
import { paletteStore } from './palette/paletteStore.ts';
import { useShortcutsOpened } from './shortcuts.ts';

const palette = () => import('./palette/Palette.tsx').then(({ Palette }) => ({ default: Palette }));
const shortcuts = () =>
  import('./ShortcutsSheet.tsx').then(({ ShortcutsSheet }) => ({ default: ShortcutsSheet }));
const messages = () => import('../ui/Messages.tsx').then(({ Messages }) => ({ default: Messages }));

const Palette = lazyOrNothing(palette);
const ShortcutsSheet = lazyOrNothing(shortcuts);
const Messages = lazyOrNothing(messages);

/** A part that cannot be loaded is missed until the next reload; the page below it stays. */
function lazyOrNothing(load: () => Promise<{ default: ComponentType }>) {
  return lazy(() => load().catch(() => ({ default: () => null })));
}

/** Loads what waits to be opened: it then opens at once, also while the server is away. */
export async function preloadOnDemand(): Promise<void> {
  await Promise.allSettled([messages(), palette(), shortcuts()]);
}

/** The palette, loaded when it is first opened. */
export function PaletteOnDemand() {
  return <Loaded when={useStore(paletteStore).opened} part={Palette} />;
}

/** The sheet of keys, loaded when it is first opened. */
export function ShortcutsOnDemand() {
  return <Loaded when={useShortcutsOpened()} part={ShortcutsSheet} />;
}

/** What is said in a corner, loaded when there is something to say. */
export function MessagesOnDemand() {
  return <Loaded when={useNotifications().notifications.length > 0} part={Messages} />;
}

function Loaded({ when, part: Part }: { when: boolean; part: ComponentType }) {
  return <Suspense fallback={null}>{useEver(when) && <Part />}</Suspense>;
}
