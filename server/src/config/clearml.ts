import type { Reading } from './reading.ts';

/** Another ClearML server; addresses are without a slash at their end. */
export interface ClearmlConfig {
  api: string;
  accessKey: string;
  secretKey: string;
  /** Its web console, for links. */
  web: string | undefined;
  /** Its file server, the only one that results are read from. */
  files: string | undefined;
}

/** Undefined when tasks live here. */
export function readClearml({ value, check }: Reading): ClearmlConfig | undefined {
  const address = (name: string) => {
    const text = value(name);
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash;
    check(text === '' || isPlain === true, `${name} must be an address such as https://api.clearml.example`);
    return text.replace(/\/+$/, '');
  };
  const api = address('ARNO_CLEARML_API_HOST');
  const web = address('ARNO_CLEARML_WEB_HOST') || undefined;
  const files = address('ARNO_CLEARML_FILES_HOST') || undefined;
  const accessKey = value('ARNO_CLEARML_ACCESS_KEY');
  const secretKey = value('ARNO_CLEARML_SECRET_KEY');
  const given = [api, accessKey, secretKey].filter(Boolean).length;
  check(
    given === 3 || (given === 0 && !web && !files),
    'ARNO_CLEARML_API_HOST, ARNO_CLEARML_ACCESS_KEY and ARNO_CLEARML_SECRET_KEY must all be set, or no ARNO_CLEARML_ setting',
  );
  return given === 3 ? { api, accessKey, secretKey, web, files } : undefined;
}
