import { type AuditEntry, type AuditEntryDetail, mappingSubjects } from '@arno/protocol';
import { Button, Group, Skeleton } from '@mantine/core';
import { IconArrowBackUp, IconExternalLink } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { Id } from '../../ui/Copy.tsx';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { Field, Fields, Section } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Sheet } from '../../ui/SplitView.tsx';
import { ExactTime } from '../../ui/Time.tsx';
import { useNow } from '../../ui/useNow.ts';
import styles from './audit.module.css';
import { Differences } from './Differences.tsx';
import { entryQuery, restore } from './queries.ts';
import type { AuditSearch } from './search.ts';
import { subjectLink } from './subjectLink.ts';
import { useSubjectName } from './useSubjectName.ts';

const route = getRouteApi('/frame/audit/$id');

/** One entry of the audit list: who did what, and each field before and after. */
export function AuditSheet() {
  const { id } = route.useParams();
  const navigate = useNavigate();
  const { data: entry, isError, error, refetch } = useQuery(entryQuery(id));
  const close = () => void navigate({ to: '/audit', search: (old) => old as AuditSearch });
  const nameOf = useSubjectName();
  const title = entry ? nameOf(entry) : '…';
  return (
    <Sheet title={title} onClose={close}>
      {isError && !entry && <FailureMessage error={error} onRetry={refetch} />}
      {!entry && !isError && <Skeleton height={220} />}
      {entry && <Entry entry={entry} />}
    </Sheet>
  );
}

function Entry({ entry }: { entry: AuditEntryDetail }) {
  const { t } = useTranslation();
  const { user, action, subject, subject_id: id } = entry;
  return (
    <div className={styles.entry}>
      <Fields>
        <Field name={t('audit.column.action')}>{t(`audit.action.${action}`)}</Field>
        <Field name={t('audit.column.subject')}>{t(`audit.subject.${subject}`)}</Field>
        <Field name={t('audit.column.at')}>
          <ExactTime value={entry.at} />
        </Field>
        <Field name={t('audit.column.user')}>
          <Person id={user.id} name={user.name} />
        </Field>
        {id !== '' && (
          <Field name={t('audit.id')}>
            <Id value={id} />
          </Field>
        )}
      </Fields>
      <Group gap={8}>
        <ToSubject entry={entry} />
        {id !== '' && (
          <Button
            size="xs"
            variant="default"
            renderRoot={(props) => <Link to="/audit" search={{ subject, id }} {...props} />}
          >
            {t('audit.history')}
          </Button>
        )}
        <RestoreButton entry={entry} />
      </Group>
      <Section title={t('audit.differences')}>
        <Differences entry={entry} />
      </Section>
    </div>
  );
}

function Person({ id, name }: { id?: string | undefined; name: string }) {
  const { user } = useSession();
  if (id === undefined || user.role !== 'admin') return name;
  return (
    <Link to="/users/$id" params={{ id }} className="link">
      {name}
    </Link>
  );
}

function ToSubject({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const link = subjectLink(entry);
  if (!link) return null;
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconExternalLink size={15} />}
      // The path holds its ids already, which the router's types cannot know.
      renderRoot={(props) => <Link to={link.path as '/'} search={(link.search ?? {}) as never} {...props} />}
    >
      {t('audit.open')}
    </Button>
  );
}

const dayMs = 86_400_000;

/** Brings back a mapping that was deleted of late; the server says when it is back already. */
function RestoreButton({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const now = useNow();
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: () => restore(entry.id),
    onSuccess: () => {
      notifyDone(t('audit.restored', { name: entry.subject_name }));
      return client.invalidateQueries();
    },
    onError: (error) => notifyFailure(t('audit.restore'), error),
  });
  const isMapping = mappingSubjects.some((subject) => subject === entry.subject);
  const isRecent = now - Date.parse(entry.at) < dayMs;
  if (user.role !== 'admin' || entry.action !== 'delete' || !isMapping || !isRecent) return null;
  return (
    <Button
      size="xs"
      leftSection={<IconArrowBackUp size={15} />}
      loading={mutation.isPending}
      onClick={() => mutation.mutate()}
    >
      {t('audit.restore')}
    </Button>
  );
}
