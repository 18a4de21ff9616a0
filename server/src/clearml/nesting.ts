const quote = 34;
const backslash = 92;
const openings = new Set([91, 123]);
const closings = new Set([93, 125]);

/**
 * Whether a JSON text nests deeper than `limit` levels. V8 parses any depth, but writing such a value again, here or in PostgreSQL,
 * runs out of stack. Looks at the text and not at the value, because most texts are too short to need a look.
 */
export function nestsDeeper(json: string, limit: number): boolean {
  if (json.length <= 2 * limit) return false;
  let depth = 0;
  let inText = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (inText) {
      if (code === backslash) index++;
      else if (code === quote) inText = false;
    } else if (code === quote) inText = true;
    else if (openings.has(code)) {
      depth++;
      if (depth > limit) return true;
    } else if (closings.has(code)) depth--;
  }
  return false;
}
