import type { QueueDetail } from '@arno/protocol';
import { List } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';

const NAMED = 5;

/** What breaks when a queue is deleted. */
export function DeletionConsequences({ queue }: { queue: QueueDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { depth, mappings, served_by: workers, is_default: isDefault } = queue;
  const counted = (count: number) => ({ count, value: formatNumber(count, locale) });
  const named = (names: string[]) =>
    names.slice(0, NAMED).join(', ') +
    (names.length > NAMED ? ` … (${formatNumber(names.length, locale)})` : '');
  const consequences = [
    depth > 0 && t('queues.delete.tasks', counted(depth)),
    mappings.length > 0 &&
      `${t('queues.delete.mappings', counted(mappings.length))} ${named(mappings.map(({ alias }) => alias))}`,
    workers.length > 0 &&
      `${t('queues.delete.workers', counted(workers.length))} ${named(workers.map(({ id }) => id))}`,
    isDefault && t('queues.delete.default'),
  ].filter((line) => line !== false);
  if (consequences.length === 0) return <p>{t('queues.delete.nothing')}</p>;
  return (
    <List size="sm" spacing={6}>
      {consequences.map((line) => (
        <List.Item key={line}>{line}</List.Item>
      ))}
    </List>
  );
}
