import { Pill } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { projectNamesQuery } from './queries.ts';

/** Says which project the list is limited to, and lifts that limit. */
export function ProjectFilter({ id, onClear }: { id: string; onClear: () => void }) {
  const { t } = useTranslation();
  const name = useQuery(projectNamesQuery([id])).data?.[id];
  return (
    <Pill
      size="md"
      withRemoveButton
      onRemove={onClear}
      removeButtonProps={{ 'aria-label': t('action.clear') }}
    >
      {t('tasks.inProject', { name: name ?? id.slice(0, 8) })}
    </Pill>
  );
}
