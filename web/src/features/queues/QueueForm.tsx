import type { QueueDetail } from '@arno/protocol';
import { Button, Group, Modal, Skeleton, Stack, Switch, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { showServerError } from '../../ui/serverErrors.ts';
import { createQueue, type QueueInput, queueQuery, refreshQueues, updateQueue } from './queries.ts';

const MIN_NAME = 3;

interface Props {
  /** Of the queue to edit; without it a new one is made. */
  id?: string | undefined;
  opened: boolean;
  onClose: () => void;
  onSaved?: (queue: QueueDetail) => void;
}

/** Makes a queue or edits one. */
export function QueueForm({ id, opened, onClose, onSaved }: Props) {
  const { t } = useTranslation();
  const { data: queue } = useQuery({ ...queueQuery(id ?? ''), enabled: opened && id !== undefined });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<strong>{t(id === undefined ? 'queues.new' : 'queues.edit')}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {id === undefined || queue ? (
        <Fields key={id} queue={queue} onClose={onClose} onSaved={onSaved} />
      ) : (
        <Skeleton height={180} />
      )}
    </Modal>
  );
}

function Fields({
  queue,
  onClose,
  onSaved,
}: Pick<Props, 'onClose'> & { queue: QueueDetail | undefined; onSaved: Props['onSaved'] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [fault, setFault] = useState<unknown>();
  const mappings = queue?.mappings.length ?? 0;
  const form = useForm<QueueInput>({
    mode: 'uncontrolled',
    initialValues: { name: queue?.name ?? '', requeue_lost: queue?.requeue_lost ?? false },
    validateInputOnBlur: true,
    validate: { name: (name) => (name.trim().length < MIN_NAME ? t('queues.form.nameShort') : null) },
  });
  const save = useMutation({
    mutationFn: (values: QueueInput) => (queue ? updateQueue(queue.id, values) : createQueue(values)),
    onSuccess: (saved) => {
      notifyDone(t(queue ? 'queues.form.changed' : 'queues.form.created', { name: saved.name }));
      client.setQueryData(queueQuery(saved.id).queryKey, saved);
      void refreshQueues(client);
      onClose();
      onSaved?.(saved);
    },
    onError: (error) => setFault(showServerError(form, error)),
  });
  return (
    <form
      onSubmit={form.onSubmit((values) => {
        setFault(undefined);
        save.mutate(values);
      })}
    >
      <Stack gap="md">
        <FormError error={fault} />
        <TextInput
          key={form.key('name')}
          label={t('queues.form.name')}
          // Mappings follow by themselves; agents that were started with the name do not.
          description={mappings > 0 && t('queues.form.renameHint', { count: mappings })}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          required
          {...form.getInputProps('name')}
        />
        <Switch
          key={form.key('requeue_lost')}
          label={t('queues.form.requeue')}
          description={t('queues.form.requeueHint')}
          {...form.getInputProps('requeue_lost', { type: 'checkbox' })}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t(queue ? 'queues.form.save' : 'action.create')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
