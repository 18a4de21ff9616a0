import { ActionIcon, Button, createTheme, type MantineColorsTuple, Modal, Tooltip } from '@mantine/core';

/** Bluish greys of the dark theme: 0 is text, 3 dimmed text, 4 lines, 6 fields, 7 cards, 8 the page. */
const dark: MantineColorsTuple = [
  '#e2e6ef',
  '#c3c9d6',
  '#9aa3b7',
  '#7d879d',
  '#313849',
  '#232937',
  '#1b202c',
  '#151924',
  '#0f121a',
  '#0a0c12',
];

/** Mantine's own, but for the shade of buttons: white text on it has a contrast of 5.5. */
const red: MantineColorsTuple = [
  '#fff5f5',
  '#ffe3e3',
  '#ffc9c9',
  '#ffa8a8',
  '#ff8787',
  '#ff6b6b',
  '#fa5252',
  '#c92a2a',
  '#b32626',
  '#9c2020',
];

const sans = "'Inter Variable', ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";
const mono =
  "'JetBrains Mono Variable', ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace";

export const theme = createTheme({
  primaryColor: 'indigo',
  // The 7th shade carries white text with a contrast above 4.5 in both themes.
  primaryShade: { light: 7, dark: 7 },
  colors: { dark, red },
  fontFamily: sans,
  fontFamilyMonospace: mono,
  headings: { fontFamily: sans, fontWeight: '640' },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '10px', xl: '16px' },
  cursorType: 'pointer',
  components: {
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, fz: 12, withArrow: true } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
    Button: Button.extend({ defaultProps: { size: 'sm' }, styles: { label: { fontWeight: 560 } } }),
    Modal: Modal.extend({ defaultProps: { centered: true, radius: 'lg', padding: 'lg' } }),
  },
});
