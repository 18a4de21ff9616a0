/** How many hues a chart has before they come again, dashed. */
export const HUES = 8;

/** Eight hues told apart by people with any colour vision, none of them a status colour's exact tone. */
const hues = {
  light: ['#4263eb', '#e8590c', '#0c8599', '#c2255c', '#7048e8', '#5c940d', '#a0682a', '#495057'],
  dark: ['#8aa1ff', '#ff9a4d', '#3bc9db', '#f783ac', '#b197fc', '#a9e34b', '#d9b382', '#ced4da'],
} as const;

/** The status colours, for series that are a status; a canvas cannot read theme.css, whose values these are. */
const tones = {
  light: {
    running: '#1a5fd0',
    completed: '#18763d',
    failed: '#c42b2b',
    waiting: '#8f5500',
    neutral: '#566073',
  },
  dark: {
    running: '#7db0ff',
    completed: '#63d392',
    failed: '#ff8f8f',
    waiting: '#f2bd5c',
    neutral: '#a6aec0',
  },
} as const;

const chrome = {
  light: { text: '#5a6478', grid: '#eceff4' },
  dark: { text: '#98a1b5', grid: '#232937' },
} as const;

export type Scheme = keyof typeof hues;

/** A place in the palette, or the colour of a status. */
export type Hue = number | keyof (typeof tones)['light'];

/** Look of a line: beyond the eight hues the same ones come again, dashed. */
export function lineOf(hue: Hue, scheme: Scheme): { color: string; dash: number[] } {
  if (typeof hue === 'string') return { color: tones[scheme][hue], dash: [] };
  const color = hues[scheme][hue % HUES] ?? hues[scheme][0];
  const round = Math.floor(hue / HUES);
  return { color, dash: round === 0 ? [] : [8 / round, 4] };
}

export const chromeOf = (scheme: Scheme) => chrome[scheme];
