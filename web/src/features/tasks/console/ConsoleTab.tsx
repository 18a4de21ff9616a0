import { ActionIcon, Button, Skeleton, Tooltip } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconArrowDownBar, IconClock, IconDownload, IconTerminal2, IconTextWrap } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useDeferredValue, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../../i18n/index.ts';
import { formatNumber } from '../../../ui/format.ts';
import { notifyFailure } from '../../../ui/notify.tsx';
import { Panel } from '../../../ui/Page.tsx';
import { FailureMessage, Message } from '../../../ui/PageStates.tsx';
import { SearchInput } from '../../../ui/Toolbar.tsx';
import { isActive } from '../queries.ts';
import { useTask } from '../TaskPage.tsx';
import { plainText } from './ansi.tsx';
import styles from './ConsoleTab.module.css';
import { LogView } from './LogView.tsx';
import { useLog, wholeLog } from './useLog.ts';

export function ConsoleTab() {
  const { t } = useTranslation();
  const { id } = getRouteApi('/frame/tasks/$id').useParams();
  const task = useTask();
  const live = isActive(task);
  const { query, earlier } = useLog(id, task?.started, live);
  const [find, setFind] = useState('');
  const [follow, setFollow] = useState(true);
  const [options, setOptions] = useLogOptions();
  const all = query.data?.lines;
  const lines = useFound(all, find);

  if (query.isError && !all) return <FailureMessage error={query.error} onRetry={query.refetch} />;
  if (!all || !lines) return <Skeleton className={styles.box} radius="lg" aria-busy="true" />;
  if (all.length === 0) return <NoLog live={live} />;
  return (
    <Panel flush className={styles.panel}>
      <Tools
        id={id}
        options={options}
        onOptions={setOptions}
        follow={follow}
        onFollow={() => setFollow(true)}
      >
        <LogSearch value={find} onSearch={setFind} />
        <Count found={find ? lines.length : undefined} all={all.length} />
      </Tools>
      <LogView
        lines={lines}
        wrap={options.wrap}
        times={options.times}
        follow={follow}
        onFollow={setFollow}
        earlier={
          query.data?.hasEarlier && (
            <Button
              size="compact-xs"
              variant="default"
              loading={earlier.isPending}
              onClick={() => earlier.mutate()}
            >
              {t('task.console.earlier')}
            </Button>
          )
        }
      />
    </Panel>
  );
}

function LogSearch({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  return <SearchInput ref={field} value={value} onSearch={onSearch} placeholder={t('task.console.find')} />;
}

function Count({ found, all }: { found: number | undefined; all: number }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const number = (value: number) => formatNumber(value, locale);
  return (
    <span className={styles.count} aria-live="polite">
      {found === undefined
        ? t('task.console.lines', { count: all, value: number(all) })
        : t('task.console.found', { found: number(found), all: number(all) })}
    </span>
  );
}

interface Options {
  wrap: boolean;
  times: boolean;
}

function useLogOptions() {
  return useLocalStorage<Options>({
    key: 'arno.log',
    defaultValue: { wrap: true, times: true },
    getInitialValueInEffect: false,
  }) satisfies readonly unknown[];
}

/** The lines that hold the text, whatever its case. Typing stays fluent over long logs because the list may lag behind. */
function useFound<Line extends { text: string }>(lines: readonly Line[] | undefined, find: string) {
  const words = useDeferredValue(find.toLowerCase());
  return useMemo(
    () => (words ? lines?.filter(({ text }) => plainText(text).toLowerCase().includes(words)) : lines),
    [lines, words],
  );
}

interface ToolsProps {
  id: string;
  options: Options;
  onOptions: (options: Options) => void;
  follow: boolean;
  onFollow: () => void;
  children: ReactNode;
}

function Tools({ id, options, onOptions, follow, onFollow, children }: ToolsProps) {
  const { t } = useTranslation();
  const download = useDownload(id);
  return (
    <div className={styles.tools}>
      {children}
      <span className={styles.grow} />
      <Tool
        label={t('task.console.times')}
        pressed={options.times}
        onClick={() => onOptions({ ...options, times: !options.times })}
      >
        <IconClock size={17} />
      </Tool>
      <Tool
        label={t('task.console.wrap')}
        pressed={options.wrap}
        onClick={() => onOptions({ ...options, wrap: !options.wrap })}
      >
        <IconTextWrap size={17} />
      </Tool>
      <Tool label={t('task.console.follow')} pressed={follow} onClick={onFollow}>
        <IconArrowDownBar size={17} />
      </Tool>
      <Tooltip label={t('task.console.download')}>
        <ActionIcon
          size="md"
          aria-label={t('task.console.download')}
          loading={download.isPending}
          onClick={() => download.mutate()}
        >
          <IconDownload size={17} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

interface ToolProps {
  label: string;
  pressed: boolean;
  onClick: () => void;
  children: ReactNode;
}

function Tool({ label, pressed, onClick, children }: ToolProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        size="md"
        variant={pressed ? 'light' : 'subtle'}
        color={pressed ? 'indigo' : 'gray'}
        aria-label={label}
        aria-pressed={pressed}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function useDownload(id: string) {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: async () => plainText(await wholeLog(id)),
    onSuccess: (text) => {
      const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
      const link = Object.assign(document.createElement('a'), { href: url, download: `${id}.log` });
      link.click();
      URL.revokeObjectURL(url);
    },
    onError: (error) => notifyFailure(t('task.console.downloadFailed'), error),
  });
}

function NoLog({ live }: { live: boolean }) {
  const { t } = useTranslation();
  return (
    <Panel>
      <Message icon={IconTerminal2} title={t('task.console.empty')}>
        <p>{t(live ? 'task.console.emptyLive' : 'task.console.emptyText')}</p>
      </Message>
    </Panel>
  );
}
