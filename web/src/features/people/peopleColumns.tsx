import type { Person } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { Mark } from './Mark.tsx';
import styles from './people.module.css';

export function usePeopleColumns(): Column<Person>[] {
  const { t } = useTranslation();
  const count = (value: number) => (value === 0 ? '' : value);
  return [
    { id: 'name', header: t('people.column.name'), sort: 'name', cell: (person) => <Name person={person} /> },
    {
      id: 'username',
      header: t('people.column.username'),
      ...{ width: '18%', from: 'md', sort: 'username' },
      cell: ({ username }) => <span title={username}>{username}</span>,
    },
    {
      id: 'role',
      header: t('people.column.role'),
      ...{ width: '130px', from: 'md', sort: 'role' },
      cell: ({ role }) => t(`role.${role}`),
    },
    {
      id: 'origin',
      header: t('people.column.origin'),
      ...{ width: '130px', from: 'lg' },
      cell: ({ origin }) => t(`people.origin.${origin}`),
    },
    {
      id: 'last_seen',
      header: t('people.column.lastSeen'),
      ...{ width: '150px', from: 'md', sort: 'last_seen', greatestFirst: true },
      cell: ({ last_seen_at: seen }) => (seen ? <RelativeTime value={seen} /> : t('people.never')),
    },
    {
      id: 'keys',
      header: t('people.column.keys'),
      ...{ width: '80px', from: 'lg', align: 'right' },
      cell: ({ keys }) => count(keys),
    },
    {
      id: 'tokens',
      header: t('people.column.tokens'),
      ...{ width: '80px', from: 'lg', align: 'right' },
      cell: ({ tokens }) => count(tokens),
    },
    {
      id: 'email',
      header: t('people.column.email'),
      ...{ width: '18%', from: 'xl', extra: true },
      cell: ({ email }) => email,
    },
    {
      id: 'created',
      header: t('people.column.created'),
      ...{ width: '150px', from: 'lg', sort: 'created', greatestFirst: true, extra: true },
      cell: ({ created_at: created }) => <RelativeTime value={created} />,
    },
  ];
}

function Name({ person: { id, name, disabled_at } }: { person: Person }) {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <span className={styles.name}>
      <Link to="/users/$id" params={{ id }} className={rowLink} title={name}>
        {name}
      </Link>
      {id === user.id && <Mark>{t('people.you')}</Mark>}
      {disabled_at && <Mark>{t('people.disabled')}</Mark>}
    </span>
  );
}
