import { createSpotlight } from '@mantine/spotlight';

/** The palette's own store: the button in the top bar opens it without loading it. */
const [paletteStore, palette] = createSpotlight();
export { paletteStore };
export const openPalette = () => palette.open();
