import { Checkbox, CloseButton, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ColumnMenu } from './ColumnMenu.tsx';
import { type ColumnChoice, isShown, useColumnChoice } from './columnChoice.ts';
import styles from './DataTable.module.css';
import { orDash } from './orDash.ts';
import { TableHeader } from './TableHeader.tsx';
import type { Selection } from './useSelection.ts';

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
  /** Whether a first click orders by the greatest or latest, as numbers and times want it, and not from A to Z. */
  greatestFirst?: true;
  /** Hidden until a person asks for it in the column menu of a named table. */
  extra?: boolean;
}

export interface Sorting {
  /** Field, with `-` before it for descending. */
  order: string;
  onOrder: (order: string) => void;
}

interface Props<Row> {
  /** Says what the table holds, for screen readers. */
  label: string;
  /** Lets people choose and drag its columns, and remembers their choice in this browser under this name. */
  name?: string;
  columns: readonly Column<Row>[];
  /** Undefined while the first page loads: skeleton rows hold the place. */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  /** A second line below the first cell where the columns do not fit. */
  under?: (row: Row) => ReactNode;
  /** What can be done to a row: one small button or menu at its end. */
  actions?: (row: Row) => ReactNode;
  sorting?: Sorting;
  /** Puts a checkbox before each row; `bulk` are the buttons for the ticked ones. */
  selection?: Selection<Row> | undefined;
  bulk?: ReactNode;
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
export function DataTable<Row>(props: Props<Row>) {
  const { label, name, rows, rowKey, selection, bulk } = props;
  const { choice, setChoice, reset } = useColumnChoice(name);
  const columns = props.columns.filter((column, place) => place === 0 || isShown(column, choice));
  const hasTail = Boolean(props.actions || name);
  return (
    <div className={styles.box}>
      {selection && selection.rows.length > 0 && <SelectionBar selection={selection}>{bulk}</SelectionBar>}
      <table className={styles.table} aria-label={label} aria-busy={!rows}>
        <thead>
          <tr>
            {selection && <SelectAll rows={rows} selection={selection} />}
            {columns.map((column, place) => (
              <TableHeader
                key={column.id}
                column={column}
                sorting={props.sorting}
                width={widthOf(column, choice)}
                onWidths={
                  name && place < columns.length - 1
                    ? (widths) => setChoice({ ...choice, widths })
                    : undefined
                }
              />
            ))}
            {hasTail && (
              <td className={styles.tail}>
                {name && (
                  <ColumnMenu {...{ columns: props.columns, choice }} onChoice={setChoice} onReset={reset} />
                )}
              </td>
            )}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row, index) => (
            <DataRow key={rowKey(row)} {...{ row, index, columns, props, hasTail }} />
          ))}
          {!rows && <SkeletonRows {...{ columns, props, hasTail }} />}
        </tbody>
      </table>
    </div>
  );
}

function widthOf<Row>({ id, width }: Column<Row>, { widths }: ColumnChoice): string | undefined {
  return widths[id] === undefined ? width : `${widths[id]}%`;
}

interface RowProps<Row> {
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  props: Props<Row>;
  hasTail: boolean;
}

function DataRow<Row>({ row, index, columns, props, hasTail }: RowProps<Row>) {
  const { t } = useTranslation();
  const { rowKey, under, selection, actions } = props;
  return (
    <tr
      className={styles.row}
      data-cursor={index === props.cursor || undefined}
      data-selected={rowKey(row) === props.selected || undefined}
      data-ticked={selection?.has(row) || undefined}
    >
      {selection && (
        <td className={styles.tick}>
          <Checkbox
            size="xs"
            aria-label={t('table.select')}
            checked={selection.has(row)}
            onChange={() => undefined}
            onClick={(event) => selection.toggle(row, event.shiftKey)}
          />
        </td>
      )}
      {columns.map((column, place) => (
        <td key={column.id} data-from={column.from} data-align={column.align}>
          {orDash(column.cell(row))}
          {place === 0 && under && <div className={styles.under}>{under(row)}</div>}
        </td>
      ))}
      {hasTail && <td className={styles.tail}>{actions?.(row)}</td>}
    </tr>
  );
}

function SelectAll<Row>({
  rows = [],
  selection,
}: {
  rows: readonly Row[] | undefined;
  selection: Selection<Row>;
}) {
  const { t } = useTranslation();
  const some = selection.rows.length > 0;
  const all = some && selection.rows.length === rows.length;
  return (
    <td className={styles.tick}>
      <Checkbox
        size="xs"
        aria-label={t('table.selectAll')}
        disabled={rows.length === 0}
        checked={all}
        indeterminate={some && !all}
        onChange={selection.toggleAll}
      />
    </td>
  );
}

/** Takes the place of the table's head while rows are ticked, so that nothing moves. */
function SelectionBar<Row>({ selection, children }: { selection: Selection<Row>; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={styles.barPlace}>
      <div className={styles.bar} role="toolbar" aria-label={t('table.selectionBar')}>
        <span role="status">{t('table.selected', { count: selection.rows.length })}</span>
        {children}
        <CloseButton size="sm" ml="auto" aria-label={t('table.unselect')} onClick={selection.clear} />
      </div>
    </div>
  );
}

function SkeletonRows<Row>({ columns, props, hasTail }: Omit<RowProps<Row>, 'row' | 'index'>) {
  return Array.from({ length: props.skeletonRows ?? 8 }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity and never move
    <tr key={row}>
      {props.selection && <td className={styles.tick} />}
      {columns.map((column, place) => (
        <td key={column.id} data-from={column.from}>
          <Skeleton height={12} width={place === 0 ? `${45 + ((row * 17) % 40)}%` : '60%'} radius="sm" />
          {place === 0 && props.under && <div className={styles.under}>&nbsp;</div>}
        </td>
      ))}
      {hasTail && <td className={styles.tail} />}
    </tr>
  ));
}

/** Class of the link that covers its row. */
export const rowLink = styles.rowLink;
