import type { OidcSettings } from '@arno/protocol';
import { Button, Group, Skeleton } from '@mantine/core';
import { IconPlugConnected, IconUserShield } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { CopyButton } from '../../ui/Copy.tsx';
import { FormError } from '../../ui/FormError.tsx';
import { Field, Fields, Panel } from '../../ui/Page.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import styles from './access.module.css';
import { accessQuery, checkProvider } from './queries.ts';
import { RoleMapEditor } from './RoleMapEditor.tsx';

const callback = `${address}/console/v1/login/oidc/callback`;

/** The single sign-on as the server's environment sets it up, and what its roles mean, which is edited here. */
export function SignOnTab() {
  const { data, isError, error, refetch } = useQuery(accessQuery);
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  if (!data) return <Skeleton height={280} radius="lg" />;
  if (!data.oidc) return <NoProvider />;
  return (
    <div className={styles.stack}>
      <Provider {...data.oidc} />
      <RoleMapEditor key={JSON.stringify(data.oidc.role_map)} map={data.oidc.role_map} />
    </div>
  );
}

function Provider({ issuer, client_id, has_secret, audiences, clock_skew_seconds: skew }: OidcSettings) {
  const { t } = useTranslation();
  return (
    <Panel title={t('access.sso.title')}>
      <p className={styles.lead}>{t('access.sso.fixed')}</p>
      <Fields>
        <Field name={t('access.sso.issuer')}>{issuer}</Field>
        <Field name={t('access.sso.client')}>
          {client_id}{' '}
          <span className="dim">({t(has_secret ? 'access.sso.secret' : 'access.sso.public')})</span>
        </Field>
        <Field name={t('access.sso.callback')}>
          <span className={styles.copied}>
            <span>{callback}</span>
            <CopyButton value={callback} />
          </span>
        </Field>
        <Field name={t('access.sso.audiences')}>{audiences.join(', ') || t('access.sso.anyAudience')}</Field>
        <Field name={t('access.sso.skew')}>{t('access.sso.seconds', { count: skew })}</Field>
      </Fields>
      <ProviderTest />
    </Panel>
  );
}

/** Whether the provider answers, asked when somebody wants to know. */
function ProviderTest() {
  const { t } = useTranslation();
  const test = useMutation({ mutationFn: checkProvider });
  const { data } = test;
  return (
    <Group gap="sm" mt="md">
      <Button
        variant="default"
        leftSection={<IconPlugConnected size={16} />}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        {t('access.sso.test')}
      </Button>
      <span role="status">
        {data?.ok && t('access.sso.answers')}
        {data && !data.ok && t('access.sso.fails', { reason: data.reason })}
      </span>
      <FormError error={test.error} />
    </Group>
  );
}

function NoProvider() {
  const { t } = useTranslation();
  const code = [
    'ARNO_OIDC_ISSUER=https://keycloak.example/realms/lab',
    'ARNO_OIDC_CLIENT_ID=arno',
    'ARNO_OIDC_CLIENT_SECRET=…',
  ].join('\n');
  return (
    <Panel>
      <Message icon={IconUserShield} title={t('access.sso.none')}>
        <p>{t('access.sso.noneText')}</p>
        <Snippet title={t('access.sso.environment')} code={code} />
        <Snippet title={t('access.sso.callback')} code={callback} />
      </Message>
    </Panel>
  );
}
