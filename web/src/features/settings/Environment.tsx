import type { Setting } from '@arno/protocol';
import { IconLock } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Panel } from '../../ui/Page.tsx';
import { SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import styles from './SettingsPage.module.css';

const route = getRouteApi('/frame/settings');

/** The settings of this process. They are read when it starts. */
export function Environment({ settings }: { settings: readonly Setting[] }) {
  const { t } = useTranslation();
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const columns = useColumns();
  const words = q.toLowerCase();
  const rows = settings.filter(({ name, value = '' }) => `${name} ${value}`.toLowerCase().includes(words));
  useListKeys({ rows: [], onOpen: () => undefined, search: field });
  return (
    <Panel title={t('settings.environment.title')} flush>
      <p className={styles.note}>{t('settings.environment.text')}</p>
      <div className={styles.toolbar}>
        <Toolbar>
          <SearchInput
            ref={field}
            value={q}
            placeholder={t('settings.environment.search')}
            onSearch={(text) => void navigate({ search: text ? { q: text } : {}, replace: true })}
          />
        </Toolbar>
      </div>
      {rows.length === 0 ? (
        <p className={styles.note}>{t('settings.environment.noneFound')}</p>
      ) : (
        <DataTable
          label={t('settings.environment.title')}
          columns={columns}
          rows={rows}
          rowKey={({ name }) => name}
          under={({ value }) => value}
        />
      )}
    </Panel>
  );
}

/** Of these the environment may say nothing: then administrators set them elsewhere. */
const places: Readonly<Record<string, '/access'>> = {
  ARNO_ALLOWED_NETWORKS: '/access',
  ARNO_OIDC_ROLES: '/access',
};

function useColumns(): Column<Setting>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'name',
      header: t('settings.environment.name'),
      cell: ({ name }) => <span className="mono">{name}</span>,
    },
    {
      id: 'value',
      header: t('settings.environment.value'),
      width: '52%',
      from: 'md',
      cell: ({ value, secret }) =>
        value !== undefined && (
          <span className="mono" title={secret ? t('settings.environment.secret') : value}>
            {secret && <IconLock size={13} aria-label={t('settings.environment.secret')} />} {value}
          </span>
        ),
    },
    {
      id: 'source',
      header: t('settings.environment.source'),
      width: '130px',
      cell: ({ name, source }) => {
        const place = source === 'default' ? places[name] : undefined;
        if (!place)
          return (
            <span className={source === 'default' ? 'dim' : undefined}>{t(`settings.source.${source}`)}</span>
          );
        return (
          <Link to={place} className="link">
            {t('nav.access')}
          </Link>
        );
      },
    },
  ];
}
