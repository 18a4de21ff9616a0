/** The tabs of a task's page that exist. */
export const taskTabs = ['console', 'scalars', 'configuration', 'execution', 'artifacts', 'info'] as const;
export type TaskTab = (typeof taskTabs)[number];

/**
 * Where the tail of a link `/projects/<id>/experiments/<id>/<tail>` leads. The SDK prints such links, and people paste
 * those of ClearML's own console: each goes to the nearest tab of ours, the unknown ones to the console log.
 */
export function tabOfSdkLink(tail: string): TaskTab {
  const [first, second] = tail.split('/');
  if (first === 'output' || first === 'info-output') {
    return second === 'metrics' || second === 'debugImages' ? 'scalars' : 'console';
  }
  if (first === 'hyper-params') return 'configuration';
  if (first === 'general') return 'info';
  return taskTabs.find((tab) => tab === first) ?? 'console';
}
