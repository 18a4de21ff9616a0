import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../../i18n/index.ts';
import { formatClock } from '../../../ui/format.ts';
import { AnsiText } from './ansi.tsx';
import styles from './ConsoleTab.module.css';
import type { LogLine } from './log.ts';

const LINE_PX = 20;
/** This near to the end counts as at the end. */
const END_PX = 30;

interface Props {
  lines: readonly LogLine[];
  wrap: boolean;
  times: boolean;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  /** Stands above the first line: the way to older ones. */
  earlier: ReactNode;
}

/** Draws only the lines in view, so that a log of 100,000 lines scrolls like one of ten. */
export function LogView({ lines, wrap, times, follow, onFollow, earlier }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_PX,
    getItemKey: (index) => lines[index]?.key ?? index,
    overscan: 20,
  });
  useFollow(virtual, lines.length, follow);
  useKeepPlace(virtual, lines);
  const onScroll = useFollowByHand(box, onFollow);
  return (
    <section
      className={styles.box}
      ref={box}
      onScroll={onScroll}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={t('task.tab.console')}
    >
      {earlier && <div className={styles.earlier}>{earlier}</div>}
      <div className={styles.canvas} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index];
          if (!line) return null;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className={styles.line}
              data-wrap={wrap || undefined}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {times && <time className={styles.time}>{formatClock(line.time, locale)}</time>}
              <span className={styles.text}>
                <AnsiText text={line.text} />
              </span>
            </div>
          );
        })}
      </div>
    </section>
  );
}

type Virtual = ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>;

function useFollow(virtual: Virtual, count: number, follow: boolean) {
  useEffect(() => {
    if (follow && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' });
  }, [virtual, count, follow]);
}

/** Older lines come in above what the person reads, which must stay where it is. */
function useKeepPlace(virtual: Virtual, lines: readonly LogLine[]) {
  const firstKey = useRef(lines[0]?.key);
  useLayoutEffect(() => {
    const key = firstKey.current;
    firstKey.current = lines[0]?.key;
    if (!key || key === lines[0]?.key) return;
    const added = lines.findIndex((line) => line.key === key);
    if (added > 0) virtual.scrollToIndex(added, { align: 'start' });
  }, [virtual, lines]);
}

/** Scrolling up ends following, scrolling to the end begins it again. */
function useFollowByHand(box: React.RefObject<HTMLDivElement | null>, onFollow: (follow: boolean) => void) {
  const last = useRef(0);
  return () => {
    if (!box.current) return;
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    const atEnd = scrollHeight - scrollTop - clientHeight < END_PX;
    if (atEnd) onFollow(true);
    else if (scrollTop < last.current - 4) onFollow(false);
    last.current = scrollTop;
  };
}
