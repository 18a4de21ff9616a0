import type { Worker } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

/** What a worker runs, as far as one may see it. */
export function CurrentTask({ worker: { state, task } }: { worker: Worker }) {
  const { t } = useTranslation();
  if (task?.id !== undefined)
    return (
      <Link to="/tasks/$id" params={{ id: task.id }} className="link" title={task.name}>
        {task.name}
      </Link>
    );
  if (task) return <span className="dim">{t('workers.hiddenTask')}</span>;
  const begins = state === 'busy' || state === 'draining';
  return <span className="dim">{t(begins ? 'workers.beginning' : 'workers.idle')}</span>;
}
