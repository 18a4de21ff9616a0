import { HUES } from './series.ts';

/** Eight hues told apart by people with any colour vision, none of them a status colour's exact tone. */
const hues = {
  light: ['#4263eb', '#e8590c', '#0c8599', '#c2255c', '#7048e8', '#5c940d', '#a0682a', '#495057'],
  dark: ['#8aa1ff', '#ff9a4d', '#3bc9db', '#f783ac', '#b197fc', '#a9e34b', '#d9b382', '#ced4da'],
} as const;

const chrome = {
  light: { text: '#5a6478', grid: '#eceff4' },
  dark: { text: '#98a1b5', grid: '#232937' },
} as const;

export type Scheme = keyof typeof hues;

/** Line of a slot: beyond the eight hues the same ones come again, dashed. */
export function lineOf(slot: number, scheme: Scheme): { color: string; dash: number[] } {
  const color = hues[scheme][slot % HUES] ?? hues[scheme][0];
  const round = Math.floor(slot / HUES);
  return { color, dash: round === 0 ? [] : [8 / round, 4] };
}

export const chromeOf = (scheme: Scheme) => chrome[scheme];
