import { Button, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlayerStop } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { clearml } from '../../api/clearml.ts';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import type { Task } from './queries.ts';

/** Stops a task that waits or runs, after saying what that means. */
export function AbortButton({ task }: { task: Task }) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const abort = useAbort(task.id ?? '');
  const { status } = task;
  if (status !== 'queued' && status !== 'in_progress') return null;
  const stopping = status === 'in_progress' && task.status_message === 'stopping';
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconPlayerStop size={15} />}
        onClick={open}
        disabled={stopping}
      >
        {t('task.abort.action')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={<strong>{t('task.abort.title')}</strong>}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <Text size="sm">{t(`task.abort.text_${status}`, { name: task.name })}</Text>
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={close}>
            {t('action.cancel')}
          </Button>
          <Button
            color="red"
            loading={abort.isPending}
            data-autofocus
            onClick={() => abort.mutate(undefined, { onSuccess: close })}
          >
            {t('task.abort.action')}
          </Button>
        </Group>
      </Modal>
    </>
  );
}

function useAbort(id: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => clearml.call('tasks.stop', { task: id }),
    onSuccess: ({ fields }) => {
      // A worker that runs the task is asked and ends it itself; otherwise the status has changed already.
      const done = fields?.status === 'stopped';
      notifyDone(t(done ? 'task.abort.done' : 'task.abort.asked'));
      return client.invalidateQueries({ queryKey: ['tasks'] });
    },
    onError: (error) => notifyFailure(t('task.abort.failed'), error),
  });
}
