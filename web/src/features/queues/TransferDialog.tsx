import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queuesQuery } from './queries.ts';

interface Props {
  from: string;
  /** Tasks that are to move; undefined while none are. */
  tasks: string[] | undefined;
  onClose: () => void;
  onTransfer: (tasks: string[], to: { id: string; name: string }) => void;
}

/** Asks for the queue that entries are moved to. */
export function TransferDialog({ from, tasks, onClose, onTransfer }: Props) {
  const { t } = useTranslation();
  const { data: queues = [] } = useQuery({ ...queuesQuery, enabled: tasks !== undefined });
  const [target, setTarget] = useState<string | null>(null);
  const others = queues.filter(({ id }) => id !== from);
  const to = others.find(({ id }) => id === target);
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!to || !tasks) return;
    onTransfer(tasks, to);
    onClose();
  }
  const warning = to?.paused ? 'paused' : to && to.workers === 0 ? 'unserved' : undefined;
  return (
    <Modal
      opened={tasks !== undefined}
      onClose={onClose}
      title={<strong>{t('queues.transfer.title', { count: tasks?.length ?? 0 })}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <Select
            label={t('queues.transfer.queue')}
            data={others.map(({ id, name }) => ({ value: id, label: name }))}
            value={to?.id ?? null}
            onChange={setTarget}
            searchable
            data-autofocus
            nothingFoundMessage={t('filter.nothing')}
          />
          {warning && (
            <Text size="sm" c="var(--tone-waiting)">
              {t(`queues.transfer.${warning}`)}
            </Text>
          )}
          <Text size="sm" c="dimmed">
            {t('queues.transfer.text')}
          </Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" disabled={!to}>
              {t('queues.transfer.action')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
