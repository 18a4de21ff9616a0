/** The key that commands are given with, as this machine's keyboard shows it. */
export const modifier = navigator.userAgent.includes('Mac') ? '⌘' : 'Ctrl';
