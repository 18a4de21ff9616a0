import type { CallDetail, CallDocument } from '@arno/protocol';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { basePath } from '../../app/base.ts';
import { useLocale } from '../../i18n/index.ts';
import { formatBytes, formatValue } from '../../ui/format.ts';
import { Field, Fields, Section } from '../../ui/Page.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import styles from './CallSheet.module.css';
import { documentQuery } from './queries.ts';

/** What became of a queued call: how far its task is and what it gave back. Only who made the call is told, and admins. */
export function CallResult({ call }: { call: CallDetail }) {
  const { user } = useSession();
  const isTold = user.role === 'admin' || call.user_id === user.id;
  const { data } = useQuery({
    ...documentQuery(call),
    enabled: call.kind === 'enqueue' && Boolean(call.clone_id) && isTold,
  });
  return data ? <Result document={data} /> : null;
}

function Result({ document }: { document: CallDocument }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { progress, queue_position: position, result, result_url: url, values = [], error } = document;
  const files = [
    ...(url && result === undefined ? [{ name: t('calls.result'), url }] : []),
    ...(document.artifacts ?? []),
    ...(document.models ?? []),
  ];
  const facts = [
    ...(position === undefined ? [] : [{ name: t('calls.position'), value: `${position + 1}` }]),
    ...(progress === undefined ? [] : [{ name: t('calls.progress'), value: `${progress} %` }]),
    ...values.map(({ metric, variant, value }) => ({
      name: metric === 'Summary' ? variant : `${metric} / ${variant}`,
      value: formatValue(value, locale),
    })),
    ...(error ? [{ name: t('calls.reason'), value: error }] : []),
  ];
  if (facts.length + files.length === 0 && result === undefined) return null;
  return (
    <Section title={t('calls.result')}>
      {facts.length > 0 && (
        <Fields>
          {facts.map(({ name, value }) => (
            <Field key={name} name={name}>
              {value}
            </Field>
          ))}
        </Fields>
      )}
      {result !== undefined && <Snippet title={t('calls.result')} code={JSON.stringify(result, null, 2)} />}
      {files.length > 0 && <FileLinks files={files} />}
    </Section>
  );
}

function FileLinks({ files }: { files: readonly { name: string; url: string; size?: number }[] }) {
  const locale = useLocale();
  return (
    <ul className={styles.files}>
      {files.map(({ name, url, size }) => (
        <li key={`${name} ${url}`}>
          <a
            className={`link ${styles.fileName}`}
            href={url.startsWith('/') ? basePath + url : url}
            target="_blank"
            rel="noreferrer"
          >
            {name}
          </a>
          {size !== undefined && <span className="dim">{formatBytes(size, locale)}</span>}
        </li>
      ))}
    </ul>
  );
}
