// Runs before the first paint, so that a dark page never flashes white. A file and not inline, because of the content policy.
(() => {
  let chosen;
  try {
    chosen = localStorage.getItem('arno.theme');
  } catch {
    // Storage can be forbidden; the system's preference then holds.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
