import { UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react';
import type { CSSProperties, PointerEvent } from 'react';
import { type ColumnChoice, dragged } from './columnChoice.ts';
import styles from './DataTable.module.css';
import type { Column, Sorting } from './DataTable.tsx';

interface Props<Row> {
  column: Column<Row>;
  sorting: Sorting | undefined;
  width: string | undefined;
  /** Takes the widths of all columns, in percent, while a border is dragged; without it nothing can be dragged. */
  onWidths: ((widths: ColumnChoice['widths']) => void) | undefined;
}

/** Head of a column: sorts when the server can order by it, and its right border can be dragged. */
export function TableHeader<Row>({ column, sorting, width, onWidths }: Props<Row>) {
  const style: CSSProperties = { width };
  const { id, header, sort: field, greatestFirst, from, align } = column;
  const cell = { scope: 'col', style, 'data-id': id, 'data-from': from, 'data-align': align } as const;
  const border = onWidths && <Border onWidths={onWidths} />;
  if (!sorting || !field) {
    return (
      <th {...cell}>
        <span className={styles.head}>{header}</span>
        {border}
      </th>
    );
  }
  const direction =
    sorting.order === field ? 'ascending' : sorting.order === `-${field}` ? 'descending' : 'none';
  const isUp = direction === 'none' ? !greatestFirst : direction === 'descending';
  const Icon = { ascending: IconArrowUp, descending: IconArrowDown, none: IconSelector }[direction];
  return (
    <th {...cell} aria-sort={direction}>
      <UnstyledButton
        className={styles.sort}
        data-active={direction !== 'none' || undefined}
        onClick={() => sorting.onOrder(isUp ? field : `-${field}`)}
      >
        <span className={styles.head}>{header}</span>
        <Icon size={13} stroke={2} />
      </UnstyledButton>
      {border}
    </th>
  );
}

/** The right border of a column, dragged with a pointer. Nothing is lost without one: cells say their whole text on hover. */
function Border({ onWidths }: { onWidths: (widths: ColumnChoice['widths']) => void }) {
  function drag(event: PointerEvent<HTMLSpanElement>) {
    const handle = event.currentTarget;
    const cell = handle.closest('th');
    const row = cell?.parentElement;
    if (!cell || !row || event.button !== 0) return;
    event.preventDefault();
    const cells = [...row.querySelectorAll<HTMLElement>('th[data-id]')].filter(
      (each) => each.offsetWidth > 0,
    );
    const neighbour = cells[cells.indexOf(cell) + 1];
    if (!neighbour) return;
    const pixels = Object.fromEntries(cells.map((each) => [each.dataset.id ?? '', each.offsetWidth]));
    const pair = [cell.dataset.id ?? '', neighbour.dataset.id ?? ''] as const;
    const start = event.clientX;
    const move = ({ clientX }: globalThis.PointerEvent) =>
      onWidths(dragged(pixels, pair, clientX - start, row.offsetWidth));
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), {
      once: true,
    });
  }
  return <span className={styles.border} aria-hidden="true" onPointerDown={drag} />;
}
