import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** What the sources of the console say about texts. For tests only: it reads the files. */
export interface Scan {
  /** Keys given to `t` as they are, with where. */
  asked: { key: string; where: string }[];
  /** Every text constant, which may be a key that is handed on to `t`. */
  constants: Set<string>;
  /** Keys put together from parts, `status.${status}`: what they can become, with where. */
  patterns: { pattern: RegExp; where: string }[];
  /** Words in JSX that no translation can reach, with where. */
  untranslated: { text: string; where: string }[];
}

/** Attributes whose text people read or hear. */
const spoken = new Set([
  'alt',
  'aria-label',
  'description',
  'header',
  'label',
  'name',
  'placeholder',
  'title',
]);
const isWords = (text: string) => /\p{L}{2}/u.test(text.replace(/&\w+;/g, ''));

/** Reads every source below a folder, tests left out. */
export function scan(folder: string): Scan {
  const found: Scan = { asked: [], constants: new Set(), patterns: [], untranslated: [] };
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'));
  for (const file of files.sort()) {
    const text = readFileSync(join(folder, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const whereOf = (node: ts.Node) =>
      `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    visit(source, (node) => note(node, whereOf(node), found));
  }
  return found;
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

function note(node: ts.Node, where: string, found: Scan): void {
  if (ts.isStringLiteralLike(node)) found.constants.add(node.text);
  if (ts.isTemplateExpression(node) && node.head.text.includes('.')) {
    const parts = [node.head, ...node.templateSpans.map(({ literal }) => literal)];
    const pattern = parts.map(({ text }) => escaped(text)).join('[\\w-]+');
    found.patterns.push({ pattern: new RegExp(`^${pattern}$`), where });
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 't') {
    for (const key of literalsOf(node.arguments[0])) found.asked.push({ key, where });
  }
  if (ts.isJsxText(node) && isWords(node.text)) found.untranslated.push({ text: node.text.trim(), where });
  if (ts.isJsxAttribute(node) && spoken.has(node.name.getText())) {
    const value = node.initializer;
    // `name` is also what forms and lists are called in code, in small letters.
    const isCode = node.name.getText() === 'name' && value && /^"[a-z-]+"$/.test(value.getText());
    if (value && !isCode && ts.isStringLiteral(value) && isWords(value.text))
      found.untranslated.push({ text: value.text, where });
  }
}

/** The constants that an expression can be: itself, or both ends of a choice. */
function literalsOf(node: ts.Expression | undefined): string[] {
  if (!node) return [];
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return literalsOf(node.expression);
  return ts.isConditionalExpression(node)
    ? [...literalsOf(node.whenTrue), ...literalsOf(node.whenFalse)]
    : [];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
