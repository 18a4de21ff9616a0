import type { AuditEntry } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { differencesOf } from './differences.ts';
import type { AuditSearch } from './search.ts';
import { useSubjectName } from './useSubjectName.ts';

export function useAuditColumns(): Column<AuditEntry>[] {
  const { t } = useTranslation();
  const nameOf = useSubjectName();
  return [
    {
      id: 'name',
      header: t('audit.column.name'),
      cell: (entry) => (
        <Link
          to="/audit/$id"
          params={{ id: String(entry.id) }}
          search={(old) => old as AuditSearch}
          className={rowLink}
          title={nameOf(entry)}
        >
          {nameOf(entry)}
        </Link>
      ),
    },
    {
      id: 'subject',
      header: t('audit.column.subject'),
      ...{ width: '160px', from: 'md' },
      cell: ({ subject }) => t(`audit.subject.${subject}`),
    },
    {
      id: 'action',
      header: t('audit.column.action'),
      ...{ width: '104px', from: 'md' },
      cell: ({ action }) => t(`audit.action.${action}`),
    },
    {
      id: 'fields',
      header: t('audit.column.fields'),
      ...{ width: '18%', from: 'lg' },
      cell: (entry) => {
        const fields = entry.action === 'update' ? differencesOf(entry).map(({ field }) => field) : [];
        return fields.length > 0 && <span title={fields.join('\n')}>{fields.join(', ')}</span>;
      },
    },
    {
      id: 'user',
      header: t('audit.column.user'),
      ...{ width: '15%', from: 'lg' },
      cell: ({ user: { name } }) => <span title={name}>{name}</span>,
    },
    {
      id: 'at',
      header: t('audit.column.at'),
      ...{ width: '116px', from: 'lg' },
      cell: ({ at }) => <RelativeTime value={at} />,
    },
  ];
}
