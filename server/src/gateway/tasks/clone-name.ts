/** What the clone of a template is called: `<template name>_YYYYMMDD_HHMMSS`, UTC. */
export function cloneName(template: string, made: Date): string {
  const stamp = made.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
  return `${template}_${stamp}`;
}
