import { ActionIcon, Group, NativeSelect } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconChevronsLeft, IconChevronsRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type PageSize, pageSizes } from '../app/search.ts';
import { useLocale } from '../i18n/index.ts';
import { formatNumber } from './format.ts';
import styles from './Pager.module.css';

/** `more`: at least this many, because counting stopped there. */
export interface Total {
  count: number;
  more?: boolean;
}

interface Props {
  /** 1 is the first. */
  page: number;
  size: number;
  /** Rows on this page. */
  shown: number;
  total: Total | undefined;
  onPage: (page: number) => void;
  /** Lets people choose how many rows a page has; without it they cannot. */
  onSize?: (size: PageSize) => void;
}

/** Foot of a list: which rows of how many, and the way to the others. */
export function Pager({ page, size, shown, total, onPage, onSize }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const number = (value: number) => formatNumber(value, locale);
  const first = (page - 1) * size + 1;
  const last = first + shown - 1;
  const hasNext = total ? total.more || last < total.count : shown === size;
  const range = { from: number(first), to: number(last) };
  return (
    <Group className={styles.pager} justify="space-between" gap="sm">
      <span aria-live="polite">
        {shown > 0 &&
          total &&
          t(total.more ? 'list.shownMore' : 'list.shown', {
            ...range,
            total: number(total.count),
            count: total.count,
          })}
      </span>
      <Group gap={8}>
        {onSize && (
          <NativeSelect
            size="xs"
            aria-label={t('list.size')}
            value={String(size)}
            data={pageSizes.map((value) => ({
              value: String(value),
              label: t('list.perPage', { size: value }),
            }))}
            onChange={(event) => onSize(Number(event.currentTarget.value) as PageSize)}
          />
        )}
        <ActionIcon
          variant="default"
          disabled={page <= 1}
          aria-label={t('list.first')}
          onClick={() => onPage(1)}
        >
          <IconChevronsLeft size={16} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          disabled={page <= 1}
          aria-label={t('list.previous')}
          onClick={() => onPage(page - 1)}
        >
          <IconChevronLeft size={16} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          disabled={!hasNext}
          aria-label={t('list.next')}
          onClick={() => onPage(page + 1)}
        >
          <IconChevronRight size={16} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          disabled={!hasNext || !total || Boolean(total.more)}
          aria-label={t('list.last')}
          onClick={() => onPage(Math.ceil((total?.count ?? 0) / size))}
        >
          <IconChevronsRight size={16} />
        </ActionIcon>
      </Group>
    </Group>
  );
}
