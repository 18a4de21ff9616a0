import type { Queue } from '@arno/protocol';
import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconPencil, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useDeleteQueue, usePause } from './queueActions.tsx';

interface Props {
  queue: Queue;
  onEdit: () => void;
  onDeleted?: () => void;
  /** Where pausing has a button of its own. */
  withoutPause?: boolean;
}

/** What an administrator can do to a queue. */
export function QueueMenu({ queue, onEdit, onDeleted, withoutPause = false }: Props) {
  const { t } = useTranslation();
  const pause = usePause(queue);
  const remove = useDeleteQueue();
  return (
    <Menu position="bottom-end" width={220} shadow="md">
      <Menu.Target>
        <ActionIcon aria-label={t('queues.menu', { name: queue.name })}>
          <IconDots size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {!withoutPause && (
          <Menu.Item
            leftSection={queue.paused ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />}
            onClick={() => pause.mutate(!queue.paused)}
          >
            {t(queue.paused ? 'queues.resume' : 'queues.pause')}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconPencil size={15} />} onClick={onEdit}>
          {t('queues.edit')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={15} />}
          onClick={async () => {
            if (await remove(queue)) onDeleted?.();
          }}
        >
          {t('queues.delete.action')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
