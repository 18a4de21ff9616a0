import Anser from 'anser';
import { memo } from 'react';

// What moves a terminal's cursor, sets its title or erases means nothing in a log; colours (`m`) stay.
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const NOT_COLOUR = /\u001b(?:\[[0-9;?]*[A-LN-Za-ln-z]|\][^\u0007]*(?:\u0007|$)|[()][A-Z0-9])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const COLOUR = /\u001b\[[0-9;]*m/g;

/** A line without any escape sequence. */
export function plainText(text: string): string {
  return text.includes('\u001b') ? text.replace(NOT_COLOUR, '').replace(COLOUR, '') : text;
}

interface Part {
  text: string;
  color: string | undefined;
  bold: boolean;
  dim: boolean;
}

/** Splits a line at its colour codes. The sixteen named colours become the theme's; others are shown as given. */
export function colourParts(text: string): Part[] {
  const parts = Anser.ansiToJson(text.replace(NOT_COLOUR, ''), { use_classes: true, remove_empty: true });
  return parts.map(({ content, fg, fg_truecolor: exact, decorations }) => ({
    text: content,
    color: exact ? `rgb(${exact})` : themeColour(fg),
    bold: decorations.includes('bold'),
    dim: decorations.includes('dim'),
  }));
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

function themeColour(name: string | null): string | undefined {
  const word = name?.replace(/^ansi-(bright-)?/, '');
  return word && NAMES.includes(word) ? `var(--ansi-${word})` : undefined;
}

/** A line of a log with its colours. */
export const AnsiText = memo(({ text }: { text: string }) => {
  if (!text.includes('\u001b')) return text || ' ';
  return colourParts(text).map((part, index) => (
    <span
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one line never change places
      key={index}
      style={{
        color: part.color,
        fontWeight: part.bold ? 680 : undefined,
        opacity: part.dim ? 0.65 : undefined,
      }}
    >
      {part.text}
    </span>
  ));
});
