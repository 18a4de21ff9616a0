const browsers: readonly [name: string, sign: RegExp][] = [
  ['Edge', /\bEdg/],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /(Chrome|\bCriOS)\//],
  ['Safari', /\bSafari\//],
  ['curl', /^curl\//],
];
const systems: readonly [name: string, sign: RegExp][] = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(iPhone|iPad)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
];

/** A browser's `User-Agent` in words people know, `Firefox, Linux`; what is not known stays as it is. Signs are tried in order. */
export function browserName(agent: string): string {
  const find = (list: typeof browsers) => list.find(([, sign]) => sign.test(agent))?.[0];
  return [find(browsers), find(systems)].filter(Boolean).join(', ') || agent.slice(0, 60);
}
