const FILE_SERVER_PORT = '8081';

/** `url` when a browser may open it: a stored text is never trusted to be a link (`javascript:` would run here). */
export function httpUrl(url: string | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const { protocol } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? url : undefined;
}

/**
 * Where to open a stored file. Tasks store the file server's address as they saw it; the console's own origin serves the
 * same files under `/files`, with the person's session. Files elsewhere keep their address; undefined is no web address.
 */
export function fileUrl(
  uri: string | undefined,
  here: { hostname: string; basePath: string },
): string | undefined {
  const url = httpUrl(uri);
  if (!url) return undefined;
  const { hostname, port, pathname, search } = new URL(url);
  const sameMachine = hostname === here.hostname || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return sameMachine && port === FILE_SERVER_PORT ? `${here.basePath}/files${pathname}${search}` : url;
}
