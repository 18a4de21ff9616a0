import type { Worker } from '@arno/protocol';
import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconDropletDown, IconPlayerPlay } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useDrain } from './useDrain.ts';

/** What an administrator can do to a worker. */
export function WorkerMenu({ worker: { id, drained } }: { worker: Worker }) {
  const { t } = useTranslation();
  const drain = useDrain(id);
  return (
    <Menu position="bottom-end" width={220} shadow="md">
      <Menu.Target>
        <ActionIcon size="sm" aria-label={t('workers.menu', { name: id })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={drained ? <IconPlayerPlay size={15} /> : <IconDropletDown size={15} />}
          onClick={() => drain.mutate(!drained)}
        >
          {t(drained ? 'workers.drain.undo' : 'workers.drain.action')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
