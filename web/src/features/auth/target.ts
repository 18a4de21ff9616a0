/** The page to return to after a login; anything but a path of this origin falls back to the dashboard. */
export function safeTarget(target: string | undefined): string {
  return target?.startsWith('/') && !/^\/[/\\]/.test(target) ? target : '/';
}
