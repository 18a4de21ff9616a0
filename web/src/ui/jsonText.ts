import { type ParseError, parse } from 'jsonc-parser';

/** Where a text stops being JSON, counted from 1; undefined for JSON and for nothing but spaces. */
export function jsonFault(text: string): { line: number; column: number } | undefined {
  if (text.trim() === '' || isJson(text)) return undefined;
  // Browsers do not say where, or each in its own words.
  const faults: ParseError[] = [];
  parse(text, faults, { disallowComments: true, allowTrailingComma: false });
  const before = text.slice(0, faults[0]?.offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON with line breaks; what is no JSON stays as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
