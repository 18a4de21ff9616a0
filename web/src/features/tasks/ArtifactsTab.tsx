import { IconPackage } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { clearml } from '../../api/clearml.ts';
import { basePath } from '../../app/base.ts';
import { useLocale } from '../../i18n/index.ts';
import { Id } from '../../ui/Copy.tsx';
import { DASH, formatBytes } from '../../ui/format.ts';
import { Panel } from '../../ui/Page.tsx';
import { Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { fileUrl } from './fileUrl.ts';
import type { Task } from './queries.ts';
import { TabSkeleton } from './TabSkeleton.tsx';
import { useTask } from './TaskPage.tsx';
import styles from './tabs.module.css';

type Artifact = NonNullable<NonNullable<Task['execution']>['artifacts']>[number];
type ModelItem = NonNullable<NonNullable<Task['models']>['output']>[number];

export function ArtifactsTab() {
  const { t } = useTranslation();
  const task = useTask();
  if (!task) return <TabSkeleton />;
  const artifacts = task.execution?.artifacts ?? [];
  const { input = [], output = [] } = task.models ?? {};
  if (artifacts.length + input.length + output.length === 0) {
    return (
      <Panel>
        <Message icon={IconPackage} title={t('task.artifacts.empty')}>
          <p>{t('task.artifacts.emptyText')}</p>
          <Snippet code={'task.upload_artifact("result", artifact_object={"accuracy": 0.97})'} />
        </Message>
      </Panel>
    );
  }
  return (
    <div className={styles.stack}>
      {artifacts.length > 0 && <Artifacts items={artifacts} />}
      {output.length > 0 && <Models title={t('task.artifacts.outputModels')} items={output} />}
      {input.length > 0 && <Models title={t('task.artifacts.inputModels')} items={input} />}
    </div>
  );
}

function Artifacts({ items }: { items: readonly Artifact[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Panel title={t('task.artifacts.title')} flush>
      <table className={styles.table} aria-label={t('task.artifacts.title')}>
        <thead>
          <tr>
            <th scope="col">{t('task.artifacts.name')}</th>
            <th scope="col" className={styles.wide}>
              {t('task.artifacts.type')}
            </th>
            <th scope="col" className={styles.number}>
              {t('task.artifacts.size')}
            </th>
            <th scope="col" className={styles.wide}>
              {t('task.artifacts.time')}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={`${item.key} ${item.mode}`}>
              <td>
                <FileLink uri={item.uri} name={item.key} />
                <Preview item={item} />
              </td>
              <td className={`${styles.wide} dim`}>{item.type}</td>
              <td className={styles.number}>{formatBytes(item.content_size, locale)}</td>
              <td className={styles.wide}>
                <RelativeTime value={item.timestamp ? item.timestamp * 1000 : undefined} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Preview({ item }: { item: Artifact }) {
  const { t } = useTranslation();
  const text = item.type_data?.preview;
  if (!text) return null;
  return (
    <details>
      <summary className="dim">{t('task.artifacts.preview')}</summary>
      <pre className={styles.preview}>{text}</pre>
    </details>
  );
}

function FileLink({ uri, name }: { uri: string | undefined; name: string }) {
  const url = fileUrl(uri, { hostname: location.hostname, basePath });
  if (!url) return <span title={uri}>{name}</span>;
  return (
    <a className="link" href={url} target="_blank" rel="noreferrer" title={uri}>
      {name}
    </a>
  );
}

function Models({ title, items }: { title: string; items: readonly ModelItem[] }) {
  const { t } = useTranslation();
  const ids = items.map((item) => item.model);
  const known = useQuery({
    queryKey: ['models', ids],
    queryFn: async ({ signal }) => {
      const request = { id: ids, only_fields: ['name', 'uri', 'framework'] };
      const { models = [] } = await clearml.call('models.get_all', request, { signal });
      return new Map(models.map((model) => [model.id, model]));
    },
  }).data;
  return (
    <Panel title={title} flush>
      <table className={styles.table} aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{t('task.artifacts.name')}</th>
            <th scope="col" className={styles.wide}>
              {t('task.artifacts.framework')}
            </th>
            <th scope="col" className={styles.number}>
              {t('task.artifacts.id')}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ model, name }) => (
            <tr key={`${name} ${model}`}>
              <td>
                <FileLink uri={known?.get(model)?.uri} name={known?.get(model)?.name ?? name} />
              </td>
              <td className={`${styles.wide} dim`}>{known?.get(model)?.framework ?? DASH}</td>
              <td className={styles.number}>
                <Id value={model} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
