import { ActionIcon, Menu } from '@mantine/core';
import { IconCheck, IconColumns3, IconRestore } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type ColumnChoice, isShown } from './columnChoice.ts';

interface Props {
  columns: readonly { id: string; header: string; extra?: boolean }[];
  choice: ColumnChoice;
  onChoice: (choice: ColumnChoice) => void;
  onReset: () => void;
}

/** Which columns a table shows. Its first column is what rows are known by and always stays. */
export function ColumnMenu({ columns, choice, onChoice, onReset }: Props) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" width={240} shadow="md" closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon size="sm" aria-label={t('table.columns')} title={t('table.columns')}>
          <IconColumns3 size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.slice(1).map((column) => {
          const shown = isShown(column, choice);
          const next = { ...choice.shown, [column.id]: !shown };
          return (
            <Menu.Item
              key={column.id}
              role="menuitemcheckbox"
              aria-checked={shown}
              leftSection={<IconCheck size={15} style={{ visibility: shown ? 'visible' : 'hidden' }} />}
              onClick={() => onChoice({ ...choice, shown: next })}
            >
              {column.header}
            </Menu.Item>
          );
        })}
        <Menu.Divider />
        <Menu.Item leftSection={<IconRestore size={15} />} onClick={onReset} closeMenuOnClick>
          {t('table.resetColumns')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
