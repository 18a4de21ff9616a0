/** Path the console is served under, without a trailing slash ('' at the root). `<base>` in index.html carries it. */
export const basePath = new URL(document.baseURI).pathname.replace(/\/$/, '');

/** Address of this Arno as the person reached it, for snippets to copy. */
export const address = location.origin + basePath;
