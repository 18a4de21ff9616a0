import { Skeleton, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import styles from './DataTable.module.css';
import { orDash } from './orDash.ts';

export interface Column<Row> {
  id: string;
  header: string;
  /** Nothing is shown as a dash. */
  cell: (row: Row) => ReactNode;
  /** CSS width; one column without it takes the rest. */
  width?: string;
  align?: 'right';
  /** Shown only where the table is at least this wide: md 620, lg 860, xl 1280 px. Without it always. */
  from?: 'md' | 'lg' | 'xl';
  /** Field the server orders by. */
  sort?: string;
}

export interface Sorting {
  /** Field, with `-` before it for descending. */
  order: string;
  onOrder: (order: string) => void;
}

interface Props<Row> {
  /** Says what the table holds, for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  /** Undefined while the first page loads: skeleton rows hold the place. */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  /** A second line below the first cell where the columns do not fit. */
  under?: (row: Row) => ReactNode;
  sorting?: Sorting;
  /** Row that the keyboard is on. */
  cursor?: number | undefined;
  /** Key of the row whose detail is open. */
  selected?: string | undefined;
  skeletonRows?: number;
}

/**
 * A table of links. Each row's first cell holds a link with `rowLink`, which covers the row, so that every way of
 * opening a link (middle click, long press, keyboard) works on all of it.
 */
export function DataTable<Row>({ label, columns, rows, rowKey, under, sorting, ...rest }: Props<Row>) {
  return (
    <div className={styles.box}>
      <table className={styles.table} aria-label={label} aria-busy={!rows}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Header key={column.id} column={column} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row, index) => (
            <tr
              key={rowKey(row)}
              className={styles.row}
              data-cursor={index === rest.cursor || undefined}
              data-selected={rowKey(row) === rest.selected || undefined}
            >
              {columns.map((column, place) => (
                <td key={column.id} data-from={column.from} data-align={column.align}>
                  {orDash(column.cell(row))}
                  {place === 0 && under && <div className={styles.under}>{under(row)}</div>}
                </td>
              ))}
            </tr>
          ))}
          {!rows && <SkeletonRows columns={columns} count={rest.skeletonRows ?? 8} under={Boolean(under)} />}
        </tbody>
      </table>
    </div>
  );
}

function Header<Row>({ column, sorting }: { column: Column<Row>; sorting: Sorting | undefined }) {
  const style = { width: column.width };
  const field = column.sort;
  if (!sorting || !field) {
    return (
      <th scope="col" style={style} data-from={column.from} data-align={column.align}>
        {column.header}
      </th>
    );
  }
  const direction =
    sorting.order === field ? 'ascending' : sorting.order === `-${field}` ? 'descending' : 'none';
  const Icon = { ascending: IconArrowUp, descending: IconArrowDown, none: IconSelector }[direction];
  return (
    <th scope="col" style={style} data-from={column.from} data-align={column.align} aria-sort={direction}>
      <UnstyledButton
        className={styles.sort}
        data-active={direction !== 'none' || undefined}
        onClick={() => sorting.onOrder(direction === 'descending' ? field : `-${field}`)}
      >
        {column.header}
        <Icon size={13} stroke={2} />
      </UnstyledButton>
    </th>
  );
}

interface SkeletonProps<Row> {
  columns: readonly Column<Row>[];
  count: number;
  under: boolean;
}

function SkeletonRows<Row>({ columns, count, under }: SkeletonProps<Row>) {
  return Array.from({ length: count }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity and never move
    <tr key={row}>
      {columns.map((column, place) => (
        <td key={column.id} data-from={column.from}>
          <Skeleton height={12} width={place === 0 ? `${45 + ((row * 17) % 40)}%` : '60%'} radius="sm" />
          {place === 0 && under && <div className={styles.under}>&nbsp;</div>}
        </td>
      ))}
    </tr>
  ));
}

/** Class of the link that covers its row. */
export const rowLink = styles.rowLink;
