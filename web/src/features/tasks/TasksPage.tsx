import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../ui/Page.tsx';
import { TaskFilters } from './TaskFilters.tsx';
import { TaskTable } from './TaskTable.tsx';

/** All tasks that one may see. */
export function TasksPage() {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <PageHeader title={t('tasks.title')} description={t('tasks.description')} />
      <TaskFilters field={field} />
      <TaskTable field={field} />
    </>
  );
}
