import { createSpotlight } from '@mantine/spotlight';

const [store, palette] = createSpotlight();

/** The palette's own store: the button in the top bar opens it without loading it. */
export const paletteStore = store;
export const openPalette = () => palette.open();
