/** The `Content-Disposition` of a file that the browser saves under this name, which may hold any character (RFC 8187). */
export function attachment(filename: string): string {
  const quoted = encodeURIComponent(filename).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename*=UTF-8''${quoted}`;
}
