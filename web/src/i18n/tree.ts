/** Texts as their files hold them. For tests. */
interface Tree {
  [key: string]: string | Tree;
}

/** `a.b.c` -> text */
export function flatten(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : flatten(value, `${path}${key}.`),
  );
}

/** The end of a key that has a form for each number. */
export const plural = /_(zero|one|two|few|many|other)$/;
