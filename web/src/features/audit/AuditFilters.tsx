import { auditActions, auditSubjects, mappingSubjects } from '@arno/protocol';
import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { oneOf } from '../../app/search.ts';
import { FilterSelect } from '../../ui/FilterSelect.tsx';
import { PeriodFilter } from '../../ui/PeriodFilter.tsx';
import type { AuditChange } from './AuditPage.tsx';
import { actorsQuery } from './queries.ts';
import type { AuditSearch } from './search.ts';

interface Props {
  search: AuditSearch;
  onChange: (change: AuditChange) => void;
}

/** Filters of the audit list beside its search. */
export function AuditFilters({ search, onChange }: Props) {
  const { t } = useTranslation();
  const { user } = useSession();
  const actors = useQuery(actorsQuery).data?.items ?? [];
  // Others learn of the changes of mappings alone.
  const subjects = user.role === 'admin' ? auditSubjects : mappingSubjects;
  const { q: _, user: __, subject: ___, id, action, ...period } = search;
  return (
    <>
      <FilterSelect
        label={t('audit.any.user')}
        value={search.user}
        options={actors.map(({ id: value, name: label }) => ({ value, label }))}
        onChange={(value) => onChange({ user: value })}
      />
      <FilterSelect
        label={t('audit.any.subject')}
        value={search.subject}
        options={subjects.map((value) => ({ value, label: t(`audit.subject.${value}`) }))}
        onChange={(value) => onChange({ subject: oneOf(auditSubjects, value) })}
      />
      <FilterSelect
        label={t('audit.any.action')}
        value={action}
        options={auditActions.map((value) => ({ value, label: t(`audit.action.${value}`) }))}
        onChange={(value) => onChange({ action: oneOf(auditActions, value) })}
      />
      <PeriodFilter value={period} onChange={onChange} />
      {id !== undefined && (
        <Button
          size="xs"
          variant="light"
          rightSection={<IconX size={14} />}
          aria-label={t('audit.onlyClear')}
          title={id}
          onClick={() => onChange({ id: undefined })}
        >
          {t('audit.only', { id: id.slice(0, 8) })}
        </Button>
      )}
    </>
  );
}
