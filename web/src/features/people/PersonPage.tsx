import type { PersonDetail } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { Id } from '../../ui/Copy.tsx';
import { Field, Fields, Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { ExactTime, RelativeTime } from '../../ui/Time.tsx';
import { BelongingsPanel } from './BelongingsPanel.tsx';
import { Mark } from './Mark.tsx';
import { PersonActions } from './PersonActions.tsx';
import { PersonKeys } from './PersonKeys.tsx';
import { PersonSessions } from './PersonSessions.tsx';
import { PersonTokens } from './PersonTokens.tsx';
import styles from './people.module.css';
import { personQuery } from './queries.ts';

const route = getRouteApi('/frame/users/$id');

/** One account: what it is, what it gets in with, and what hangs on it. */
export function PersonPage() {
  const { id } = route.useParams();
  const { data: person, isError, error, refetch } = useQuery(personQuery(id));
  useDocumentTitle(`${person?.name ?? id.slice(0, 8)} · Arno`);
  if (isError && !person) return <FailureMessage error={error} onRetry={refetch} />;
  if (!person) return <PersonSkeleton />;
  return (
    <>
      <Head person={person} />
      <div className={styles.page}>
        <div className={styles.stack}>
          <PersonSessions person={person} />
          <PersonKeys person={person} />
          <PersonTokens person={person} />
        </div>
        <div className={styles.stack}>
          <Account person={person} />
          {person.provider && <AtProvider {...person.provider} />}
          <BelongingsPanel id={id} />
        </div>
      </div>
    </>
  );
}

function Head({ person }: { person: PersonDetail }) {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <header className={styles.head}>
      <div className={styles.titleRow}>
        <h1 className={styles.title}>{person.name}</h1>
        <Mark>{t(`role.${person.role}`)}</Mark>
        {person.id === user.id && <Mark>{t('people.you')}</Mark>}
        {person.disabled_at && <Mark>{t('people.disabled')}</Mark>}
        <span className={styles.grow} />
        <PersonActions person={person} />
      </div>
    </header>
  );
}

function Account({ person }: { person: PersonDetail }) {
  const { t } = useTranslation();
  const { id, origin, has_password: hasPassword } = person;
  return (
    <Panel title={t('profile.account')}>
      <Fields>
        <Field name={t('people.username')}>{person.username}</Field>
        <Field name={t('people.email')}>{person.email}</Field>
        <Field name={t('people.role')}>{t(`role.${person.role}`)}</Field>
        <Field name={t('people.column.origin')}>{t(`people.origin.${origin}`)}</Field>
        <Field name={t('people.column.lastSeen')}>
          {person.last_seen_at ? <RelativeTime value={person.last_seen_at} /> : t('people.never')}
        </Field>
        <Field name={t('people.column.created')}>
          <ExactTime value={person.created_at} />
        </Field>
        {person.disabled_at && (
          <Field name={t('people.disabled')}>
            <ExactTime value={person.disabled_at} />
          </Field>
        )}
        <Field name={t('profile.id')}>
          <Id value={id} />
        </Field>
      </Fields>
      {origin === 'local' && !hasPassword && <p className="dim">{t('people.noPassword')}</p>}
      <div className={styles.links}>
        <Link to="/audit" search={{ subject: 'user', id }} className="link">
          {t('people.audit.of')}
        </Link>
        <Link to="/audit" search={{ user: id }} className="link">
          {t('people.audit.by')}
        </Link>
      </div>
    </Panel>
  );
}

function AtProvider({ issuer, roles, groups }: NonNullable<PersonDetail['provider']>) {
  const { t } = useTranslation();
  const list = (names: string[]) =>
    names.length > 0 && (
      <span className={styles.tags}>
        {names.map((name) => (
          <Mark key={name}>{name}</Mark>
        ))}
      </span>
    );
  return (
    <Panel title={t('people.provider.title')}>
      <Fields>
        <Field name={t('people.provider.issuer')}>{issuer}</Field>
        <Field name={t('people.provider.roles')}>{list(roles) || undefined}</Field>
        <Field name={t('people.provider.groups')}>{list(groups) || undefined}</Field>
      </Fields>
    </Panel>
  );
}

function PersonSkeleton() {
  return (
    <div aria-busy="true">
      <div className={styles.head}>
        <Skeleton height={28} width={280} maw="100%" />
      </div>
      <div className={styles.page}>
        <div className={styles.stack}>
          <Skeleton height={190} radius="lg" />
          <Skeleton height={190} radius="lg" />
        </div>
        <Skeleton height={320} radius="lg" />
      </div>
    </div>
  );
}
