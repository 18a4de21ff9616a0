import { Button } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconCloudOff, IconError404, IconLock, IconMoodConfuzed } from '@tabler/icons-react';
import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import type { ComponentType, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type FailureKind, toFailure } from '../api/failure.ts';
import styles from './PageStates.module.css';
import { useHealing } from './useHealing.ts';

interface MessageProps {
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  /** 1 where the message is the whole page. */
  level?: 1 | 2;
  children?: ReactNode;
  action?: ReactNode;
}

/** A state in place of content: what is, why, and what to do now. */
export function Message({ icon: Icon, title, level = 2, children, action }: MessageProps) {
  const Heading = `h${level}` as const;
  return (
    <div className={styles.message}>
      <span className={styles.icon}>
        <Icon size={26} stroke={1.6} />
      </span>
      <Heading className={styles.title}>{title}</Heading>
      {children && <div className={styles.body}>{children}</div>}
      {action}
    </div>
  );
}

const icons = {
  offline: IconCloudOff,
  login: IconLock,
  forbidden: IconLock,
  missing: IconError404,
  refused: IconMoodConfuzed,
} satisfies Record<FailureKind, MessageProps['icon']>;

/** What failed in words, and the way on. `onRetry` is left out where trying again cannot help. */
export function FailureMessage({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const { kind, detail } = toFailure(error);
  const retry = kind !== 'missing' && kind !== 'forbidden' ? onRetry : undefined;
  return (
    <div role="alert">
      <Message
        icon={icons[kind]}
        title={t(`failure.${kind}.title`)}
        action={
          retry && (
            <Button variant="default" onClick={retry}>
              {t('action.retry')}
            </Button>
          )
        }
      >
        <p>{t(`failure.${kind}.text`)}</p>
        {kind === 'refused' && <code className={styles.detail}>{detail}</code>}
      </Message>
    </div>
  );
}

/** Shown by the router when a page, or the session before it, could not be loaded. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  function retry() {
    queries.reset();
    reset();
    void router.invalidate();
  }
  useHealing(error, retry);
  return (
    <div className={styles.page}>
      <FailureMessage error={error} onRetry={retry} />
    </div>
  );
}

/** A page that this person's role does not include. */
export function PageForbidden() {
  const { t } = useTranslation();
  useDocumentTitle(`${t('failure.forbidden.title')} · Arno`);
  return (
    <PageMessage icon={IconLock} title={t('failure.forbidden.title')}>
      {t('failure.forbidden.text')}
    </PageMessage>
  );
}

/** No page has this address. */
export function PageMissing() {
  const { t } = useTranslation();
  useDocumentTitle(`${t('failure.missing.title')} · Arno`);
  return (
    <PageMessage icon={IconError404} title={t('failure.missing.title')}>
      {t('failure.missing.text')}
    </PageMessage>
  );
}

/** A message in place of a whole page, with the way home. */
function PageMessage({
  icon,
  title,
  children,
}: {
  icon: MessageProps['icon'];
  title: string;
  children: string;
}) {
  const { t } = useTranslation();
  return (
    <div className={styles.page}>
      <Message
        icon={icon}
        title={title}
        level={1}
        action={
          <Button component={Link} to="/">
            {t('failure.home')}
          </Button>
        }
      >
        <p>{children}</p>
      </Message>
    </div>
  );
}
