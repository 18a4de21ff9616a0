import { IconAdjustments } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Page.tsx';
import { Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import type { Task } from './queries.ts';
import { TabSkeleton } from './TabSkeleton.tsx';
import { useTask } from './TaskPage.tsx';
import styles from './tabs.module.css';

export function ConfigurationTab() {
  const { t } = useTranslation();
  const task = useTask();
  if (!task) return <TabSkeleton />;
  const sections = Object.entries(task.hyperparams ?? {}).filter(
    ([, items]) => Object.keys(items).length > 0,
  );
  const documents = Object.entries(task.configuration ?? {});
  if (sections.length + documents.length === 0) {
    return (
      <Panel>
        <Message icon={IconAdjustments} title={t('task.configuration.empty')}>
          <p>{t('task.configuration.emptyText')}</p>
          <Snippet code={'params = {"learning_rate": 0.001, "batch_size": 64}\ntask.connect(params)'} />
        </Message>
      </Panel>
    );
  }
  return (
    <div className={styles.stack}>
      {sections.map(([name, items]) => (
        <Section key={name} name={name} items={items} />
      ))}
      {documents.map(([name, { value = '' }]) => (
        <Snippet key={name} title={name} code={value} />
      ))}
    </div>
  );
}

type Items = NonNullable<Task['hyperparams']>[string];

function Section({ name, items }: { name: string; items: Items }) {
  const { t } = useTranslation();
  const entries = Object.entries(items);
  return (
    <Panel
      title={name}
      aside={<span className="dim">{t('task.configuration.count', { count: entries.length })}</span>}
      flush
    >
      <table className={styles.table} aria-label={name}>
        <thead>
          <tr>
            <th scope="col">{t('task.configuration.name')}</th>
            <th scope="col">{t('task.configuration.value')}</th>
            <th scope="col" className={styles.wide}>
              {t('task.configuration.type')}
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map(([key, item]) => (
            <tr key={key}>
              <td title={item.description}>{item.name ?? key}</td>
              <td className="mono">{item.value}</td>
              <td className={`${styles.wide} dim`}>{item.type}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
