import type { Setting } from '@arno/protocol';

type Values = Readonly<Record<string, string | undefined>>;

/** Settings whose values nobody is shown. */
const secretSettings: ReadonlySet<string> = new Set([
  'ARNO_FILES_S3_ACCESS_KEY',
  'ARNO_FILES_S3_SECRET_KEY',
  'ARNO_OIDC_CLIENT_SECRET',
  'ARNO_CLEARML_ACCESS_KEY',
  'ARNO_CLEARML_SECRET_KEY',
  'ARNO_METRICS_TOKEN',
]);
const mask = '***';

/** Every setting as it holds, in the order of the defaults, without secrets. */
export function settingReport(defaults: Values, environment: Values): Setting[] {
  return Object.keys(defaults).map((name): Setting => {
    const given = environment[name]?.trim();
    const value = given || defaults[name];
    const source = given ? 'environment' : 'default';
    const secret = secretSettings.has(name) || name === 'DATABASE_URL';
    return { name, ...(value && { value: shown(name, value) }), secret, source };
  });
}

function shown(name: string, value: string): string {
  if (secretSettings.has(name)) return mask;
  if (name === 'DATABASE_URL') return withoutPassword(value);
  return value;
}

/** Where the database is, and nothing else of its address: the query may hold a password too. */
function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return mask;
  const { protocol, username, password, host, pathname } = new URL(address);
  const who = username ? `${username}${password && `:${mask}`}@` : '';
  return `${protocol}//${who}${host}${pathname}`;
}

/** All that must never leave this process: the values of secret settings, and the password of the database in each of its spellings. */
export function secretValues(environment: Values): string[] {
  const values = [...secretSettings].map((name) => environment[name]?.trim() ?? '');
  const address = environment.DATABASE_URL?.trim() ?? '';
  if (URL.canParse(address)) {
    const { password, searchParams } = new URL(address);
    values.push(password, decoded(password), searchParams.get('password') ?? '');
  }
  return values.filter(Boolean);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
